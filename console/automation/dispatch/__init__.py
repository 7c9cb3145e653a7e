"""Dispatch maths: which driver serves which orders, in which bundles. Pure: numbers in, numbers out, time injected."""
