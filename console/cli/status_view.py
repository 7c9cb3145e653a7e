"""The numbers of `status` as lines for people: one screen, 80 columns."""

from collections.abc import Callable, Iterator
from typing import Any

Section = dict[str, Any]


def lines(found: dict[str, Section]) -> Iterator[str]:
    """Every section that could be read; the others say why not."""
    views: dict[str, Callable[[Section], Iterator[str]]] = {
        "database": _database,
        "migrations": _migrations,
        "queue": _queue,
        "scheduler": _scheduler,
        "engines": _engines,
        "alerts": _alerts,
        "feed": _feed,
    }
    for name, section in found.items():
        shown = iter([f"not readable: {section['error']}"]) if "error" in section else views[name](section)
        for index, line in enumerate(shown):
            yield f"{name if index == 0 else '':<11}{line}"


def age(seconds: float | None) -> str:
    """A duration in its two largest units: 45 s, 12 min, 3 h 20 min, 5 d 2 h."""
    if seconds is None:
        return "-"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def size(number: int) -> str:
    """Bytes in the unit that leaves at most four digits."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.3g} TiB"


def _database(section: Section) -> Iterator[str]:
    kind = ", embedded" if section["embedded"] else ""
    yield f"Postgres {section['version'].split()[0]}{kind}, {section['name']}, {size(section['size_bytes'])}"
    access = section["access"] or "no group role"
    only = ", read only" if section["read_only"] else ""
    busy = f"{section['connections']}/{section['max_connections']} connections"
    yield f"as {section['role']} ({access}{only}), {busy}, up {age(section['uptime_seconds'])}"
    yield f"at {section['where']}"


def _migrations(section: Section) -> Iterator[str]:
    yield f"{section['state']}, {section['applied']} of {section['files']} files applied, latest {section['latest']}"


def _queue(section: Section) -> Iterator[str]:
    if not section["lanes"]:
        yield "empty"
        return
    yield f"{'lane':<10}{'queued':>8}{'running':>9}{'failed':>8}{'quarantined':>13}{'oldest due':>13}"
    for lane in section["lanes"]:
        counts = f"{lane['queued']:>8}{lane['running']:>9}{lane['failed']:>8}{lane['quarantined']:>13}"
        yield f"{lane['lane']:<10}{counts}{age(lane['oldest_seconds']):>13}"


def _scheduler(section: Section) -> Iterator[str]:
    held = [lease["name"] for lease in section["leases"] if lease["held"]]
    leases = f", leases held: {', '.join(held)}" if held else ""
    yield f"{section['schedulers']} schedulers, {section['workers']} workers alive{leases}"
    cycles = section["cycles"]
    if cycles:
        paused = sum(cycle["desired"] == "paused" for cycle in cycles)
        running = [cycle["cycle"] for cycle in cycles if cycle["state"] == "running"]
        now = f", now: {', '.join(running)}" if running else ""
        yield f"{len(cycles)} cycles, {paused} paused{now}"


def _engines(section: Section) -> Iterator[str]:
    yield ", ".join(f"{one['engine']} {one['desired']}" for one in section["engines"]) or "none"


def _alerts(section: Section) -> Iterator[str]:
    shown = [
        f"{one['severity']} {one['open']}"
        + (f" (+{one['acknowledged'] + one['snoozed']} in hand)" if one["acknowledged"] + one["snoozed"] else "")
        for one in section["severities"]
    ]
    yield f"{section['open']} open" + (f": {', '.join(shown)}" if shown else "")


def _feed(section: Section) -> Iterator[str]:
    newest = f", newest rating {age(section['newest_seconds'])} ago" if section["rated"] else ""
    yield f"{section['tenants']} tenants, {section['scored']} rated{newest}, {section['listeners']} listeners"
