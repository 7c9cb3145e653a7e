"""What an entry of the audit log changed, in words. Pure."""

from collections.abc import Mapping
from typing import Any, Final

_BOOKKEEPING: Final = frozenset(
    {"id", "tenant_id", "version", "metadata", "settings", "created_at", "updated_at", "last_event_at", "position_at"}
)
_MOVED: Final = frozenset({"lat", "lon"})
_LEADING: Final = ("reference", "name", "status", "severity", "priority", "alert_type", "message", "description")
_MOST: Final = 6
_LONGEST: Final = 60


def changed(before: object, after: object) -> str:
    """ "status pending → assigned, driver id – → 4f12…": fields that differ, bookkeeping left out; of a new row what
    tells it apart. Empty where nothing of interest changed."""
    old = before if isinstance(before, Mapping) else None
    new = after if isinstance(after, Mapping) else None
    if new is None:
        return "removed" if old is not None else ""
    if old is None:
        return ", ".join(f"{_name(name)} {_short(new[name])}" for name in _new(new))
    names = [name for name in new if new[name] != old.get(name) and name not in _BOOKKEEPING]
    told = [f"{_name(name)} {_short(old.get(name))} → {_short(new[name])}" for name in names if name not in _MOVED]
    if not told:
        return "moved" if names else ""
    rest = f" and {len(told) - _MOST} more" if len(told) > _MOST else ""
    return ", ".join(told[:_MOST]) + rest


def _new(row: Mapping[str, Any]) -> list[str]:
    led = [name for name in _LEADING if row.get(name) not in (None, "")]
    if led:
        return led[:3]
    return [name for name in row if name not in _BOOKKEEPING and row[name] not in (None, "", [], {})][:3]


def _name(name: str) -> str:
    return name.replace("_", " ").removesuffix(" id")


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return f"{len(value)} entries" if len(value) != 1 else "1 entry"
    if isinstance(value, Mapping):
        return f"{len(value)} fields"
    text = str(value)
    if len(text) == 36 and text.count("-") == 4:
        return text[:8]  # a key: enough to tell two apart
    if len(text) > 19 and text[4:5] == "-" and text[10:11] == "T":
        return text[:16].replace("T", " ") + (" UTC" if text.endswith(("+00:00", "Z")) else "")
    text = text.replace("_", " ") if text.replace("_", "").isalpha() else text
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
