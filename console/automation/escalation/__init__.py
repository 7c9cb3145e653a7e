"""Escalation maths: which deliveries are in danger, how sure that is, and what would help."""
