"""What notifier does, one file an intention."""
