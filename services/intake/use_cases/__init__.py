"""What intake does, one file an intention."""
