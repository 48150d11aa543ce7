"""Running Rückruf: the command line, the embedded run, and what containers and clusters need."""
