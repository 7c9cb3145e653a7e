"""Registry entries, one module a kind of row."""
