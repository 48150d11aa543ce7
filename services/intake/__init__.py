"""Intake: turns what comes in through phone, form, web and email into durable requests."""
