"""What the notifier decides, pure: time, ids and randomness come in as arguments."""
