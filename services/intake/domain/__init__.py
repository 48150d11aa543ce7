"""What a request is, before it is a fact. Pure."""
