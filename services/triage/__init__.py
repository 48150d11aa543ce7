"""Triage: decides how urgent a request is, by rules, and says which words made it so. Keeps no state."""
