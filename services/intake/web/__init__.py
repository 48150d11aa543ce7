"""Intake's addresses: pages for citizens and the front desk, JSON for other systems."""
