"""Replays: the same engine code over recorded or generated days."""
