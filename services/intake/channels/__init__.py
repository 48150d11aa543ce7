"""One adapter a channel, all to the same use case."""
