"""What a value must look like beyond its type. Each check returns what is wrong, or None."""

import re
from collections.abc import Callable

_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,62}))*\.?$")
_COLOR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?$|[a-z][a-z0-9_-]*$")
_DURATION = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|min|h|d)\s*$")
_IN_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "seconds": 1.0,
    "minutes": 60.0,
}


def cron(value: str) -> str | None:
    """Five fields of numbers, names, ranges, lists and steps."""
    fields = value.split()
    if len(fields) != len(_CRON_FIELDS):
        return f"a cron has 5 fields (minute hour day month weekday), this one has {len(fields)}"
    for text, (name, low, high) in zip(fields, _CRON_FIELDS, strict=True):
        names = _MONTHS if name == "month" else _DAYS if name == "weekday" else {}
        for part in text.split(","):
            wrong = _cron_part(part, low, high, names)
            if wrong:
                return f"{name} field {text!r}: {wrong}"
    return None


def _cron_part(part: str, low: int, high: int, names: dict[str, int]) -> str | None:
    span, slash, step = part.partition("/")
    if slash and (not step.isdecimal() or int(step) < 1):
        return f"step {step!r} is not a number above 0"
    if span == "*":
        return None
    ends = [names.get(end.lower(), end) for end in span.split("-")]
    numbers = [int(end) for end in ends if str(end).isdecimal()]
    if len(numbers) != len(ends) or len(ends) > 2:
        return f"{span!r} is neither a number, a range nor *"
    if any(not low <= number <= high for number in numbers):
        return f"{span!r} is outside {low}-{high}"
    return f"range {span!r} runs backwards" if numbers != sorted(numbers) else None


def timezone(value: str) -> str | None:
    """A name of the time zone database."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return f"no time zone is called {value!r}; write for example Europe/Berlin or UTC"
    return None


def host(value: str) -> str | None:
    """A host name, an IPv4 or an IPv6 address."""
    import ipaddress

    bare = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        looks_numeric = re.fullmatch(r"[0-9.]+", bare) is not None
        return None if _HOST.match(bare) and not looks_numeric else f"{value!r} is not a host name or address"
    return None


def dsn(value: str) -> str | None:
    """A Postgres URL, or libpq's key=value words."""
    from urllib.parse import urlsplit

    if value.startswith(("postgresql://", "postgres://")):
        try:
            parts = urlsplit(value)
            if "," in parts.netloc:  # several hosts, which libpq tries in turn
                return None
            _ = parts.port
        except ValueError as error:
            return f"not a Postgres URL: {error}"
        name = parts.hostname
        return host(name) if name and "%" not in name else None
    if re.match(r"\s*\w+\s*=", value):
        return None
    return "neither postgresql://user@host:port/name nor key=value words"


def url(value: str) -> str | None:
    """An http or https address with a host; empty for none."""
    from urllib.parse import urlsplit

    if not value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "not an http:// or https:// address"
    return host(parts.hostname)


def color(value: str) -> str | None:
    """A colour name or #rrggbb; empty for none."""
    return None if not value or _COLOR.match(value) else f"{value!r} is neither a colour name nor #rrggbb"


def duration(value: str, unit: str) -> float | None:
    """A text such as "90s" in `unit` ("seconds", "minutes" or "ms"); None when it is not a duration."""
    match = _DURATION.match(value)
    return float(match[1]) * _IN_SECONDS[match[2]] / _IN_SECONDS[unit] if match else None


CHECKS: dict[str, Callable[[str], str | None]] = {
    "cron": cron,
    "timezone": timezone,
    "host": host,
    "dsn": dsn,
    "url": url,
    "color": color,
}
