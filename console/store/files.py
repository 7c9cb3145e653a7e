"""Where `sql/` and `config.toml` are: inside the installed wheel, or at the top of a checkout."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def root() -> Path:
    """Directory that holds `sql/` and `config.toml`."""
    installed = _PACKAGE / "_files"
    return installed if installed.is_dir() else _PACKAGE.parent


def migrations() -> Path:
    """`sql/migrations`: one directory a version, in it one a stage."""
    return root() / "sql" / "migrations"


def query_file(room: str) -> Path:
    """`sql/queries/<room>.sql`."""
    return root() / "sql" / "queries" / f"{room}.sql"
