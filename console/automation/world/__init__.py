"""Worlds to watch the engines in: a generated city, or a recorded day, with drivers who do what they are told."""
