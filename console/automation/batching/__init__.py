"""Batching maths: which waiting orders are better delivered together."""
