"""Notifier: gets each callback to a human in time, and proves it."""
