"""Quoting of what cannot be a parameter. Values are always parameters; only identifiers come here."""

from console.errors import UsageError

MAX_BYTES = 63
"""Longest identifier of Postgres (NAMEDATALEN - 1); longer ones would be cut off silently."""


def ident(name: str) -> str:
    """`name` as a quoted SQL identifier. Raises UsageError for what Postgres cannot hold."""
    if not name:
        raise UsageError("an identifier may not be empty")
    if "\0" in name:
        raise UsageError("an identifier may not contain a zero byte")
    if len(name.encode()) > MAX_BYTES:
        raise UsageError(f"identifier {name!r} is longer than {MAX_BYTES} bytes")
    return '"' + name.replace('"', '""') + '"'


def qualified(*names: str) -> str:
    """Quoted identifiers joined by dots: schema and object."""
    return ".".join(ident(name) for name in names)


def literal(value: str) -> str:
    """`value` as a string literal, for utility statements that take no parameters (CREATE ROLE, SET)."""
    if "\0" in value:
        raise UsageError("a text may not contain a zero byte")
    if "\\" in value:
        return " E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
    return "'" + value.replace("'", "''") + "'"
