"""Reminders that arrive: where they go, what they say, and that each is told once."""
