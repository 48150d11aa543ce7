"""Rückruf on one machine: embedded servers, services as processes, the demo."""
