"""What triage does, one file an intention."""
