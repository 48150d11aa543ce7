"""The demo: real input through every channel, and what becomes of it."""
