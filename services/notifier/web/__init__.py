"""Notifier's pages: the inbox, one task, how it stands, and where a callback stands."""
