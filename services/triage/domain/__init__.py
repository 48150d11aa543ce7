"""What triage decides: pure functions of a request and the rules."""
