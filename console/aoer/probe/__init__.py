"""Asking answer engines a frozen panel of prompts, and reading what they say about a tenant."""
