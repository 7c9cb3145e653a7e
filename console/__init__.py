"""aoer-console: a terminal operations console straight on Postgres."""

__version__ = "0.1.0"
