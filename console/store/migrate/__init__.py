"""Versioned migrations: `migrate` applies them, `read_standing` compares files and ledger."""

from console.store.migrate.ledger import Applied, Standing, assess, read_standing
from console.store.migrate.plan import MigrationFile, discover
from console.store.migrate.runner import Report, migrate
from console.store.migrate.validate import Validation, validate

__all__ = [
    "Applied",
    "MigrationFile",
    "Report",
    "Standing",
    "Validation",
    "assess",
    "discover",
    "migrate",
    "read_standing",
    "validate",
]
