"""From records of the database to the immutable rows of panes. Pure; all text is cleaned here, once."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.domain.text import clean
from console.feed.keep import version_of
from console.feed.model import AlertRow, EngineRow, GenerationRow, IncidentRow, LaneDepth, Record, Tile

SPARK = 24
"""Steps of a sparkline."""


def text(value: object) -> str | None:
    """Cleaned text, or None."""
    return None if value is None else clean(str(value))


def told(message: str, hint: str) -> str:
    """What happened and what to do, in one sentence: hints may begin with a command, which keeps its small letter."""
    return f"{message}; {hint}" if hint else message


def spark(slots: Sequence[int] | None, scores: Sequence[float | None] | None) -> tuple[float | None, ...]:
    """Scores by equal steps of time, oldest first; None where a step has no value. Fewer than `SPARK` when young."""
    if not slots or scores is None:
        return ()
    line: list[float | None] = [None] * max(slots)
    for slot, score in zip(slots, scores, strict=True):
        line[slot - 1] = score
    return tuple(line)


def coarse(seconds: float | None) -> float | None:
    """An age in steps that a reader cares about, so that a waiting row is not new every second."""
    if seconds is None:
        return None
    step = 1 if seconds < 60 else 10 if seconds < 600 else 60
    return float(max(0, seconds) // step * step)


def tile(row: Any, history: tuple[float | None, ...], week_ago: float | None) -> Tile:
    """One tenant's rating; `change` is against the value of about a week ago."""
    score = row["score"]
    change = None if score is None or week_ago is None else round(score - week_ago, 2)
    shown: dict[str, Any] = {
        "key": str(row["tenant_id"]),
        "tenant": clean(row["tenant_name"]),
        "score": score,
        "grade": row["grade"],
        "change": change,
        "low": row["low"],
        "high": row["high"],
        "risk": row["risk"],
        "risk_band": row["risk_band"],
        "status": row["status"],
        "reason": text(row["reason"]),
        "history": history,
        "updated_at": row["last_updated"],
    }
    return Tile(version=version_of(shown), row_version=row["version"], **shown)


def alert(row: Any) -> AlertRow:
    """One alert."""
    shown: dict[str, Any] = {
        "key": str(row["id"]),
        "tenant_id": str(row["tenant_id"]),
        "tenant": clean(row["tenant"]),
        "type": row["type"],
        "severity": row["severity"],
        "status": row["status"],
        "message": clean(row["message"]),
        "order": text(row["order"]),
        "order_id": None if row["order_id"] is None else str(row["order_id"]),
        "occurrences": row["occurrences"],
        "assignee": text(row["assignee"]),
        "snoozed_until": row["snoozed_until"],
        "created_at": row["created_at"],
        "kind": row["kind"],
    }
    return AlertRow(version=version_of(shown), row_version=row["version"], **shown)


def incident(row: Any) -> IncidentRow:
    """One traffic incident or escalation."""
    shown: dict[str, Any] = {
        "key": str(row["id"]),
        "tenant_id": str(row["tenant_id"]),
        "tenant": clean(row["tenant"]),
        "kind": row["kind"],
        "type": row["type"],
        "severity": row["severity"],
        "status": row["status"],
        "description": clean(row["description"]),
        "affected_orders": row["affected_orders"],
        "reported_at": row["reported_at"],
    }
    return IncidentRow(version=version_of(shown), row_version=row["version"], **shown)


def generation(row: Any) -> GenerationRow:
    """Progress of one session."""
    shown: dict[str, Any] = {
        "key": str(row["id"]),
        "tenant_id": str(row["tenant_id"]),
        "tenant": clean(row["tenant"]),
        "topic": clean(row["topic"]),
        "status": row["status"],
        "stage": text(row["stage"]),
        "percent": row["percent"],
        "segments_done": row["segments_done"],
        "segments_total": row["segments_total"],
        "error": text(row["error"]),
        "started_at": row["started_at"],
    }
    return GenerationRow(version=version_of(shown), row_version=row["version"], **shown)


def engine(row: Any) -> EngineRow:
    """One engine or cycle. Health: stopped, failing, late, new (never ran), else ok."""
    shown: dict[str, Any] = {
        "key": row["key"],
        "title": clean(row["title"]),
        "desired": row["desired"],
        "state": row["state"],
        "last_run_at": row["last_run_at"],
        "last_seconds": row["last_seconds"],
        "next_run_at": row["next_run_at"],
        "health": _health(row),
        "message": text(row["message"]),
        "engine": row["is_engine"],
    }
    return EngineRow(version=version_of(shown), **shown)


def _health(row: Any) -> str:
    if row["desired"] == "stopped":
        return "stopped"
    if row["last_outcome"] not in {None, "done", "running", "skipped"}:
        return "failing"
    if row["late"]:
        return "late"
    return "new" if row["last_run_at"] is None else "ok"


def lane(row: Any) -> LaneDepth:
    """One lane of the queue."""
    shown: dict[str, Any] = {
        "key": row["lane"],
        "queued": row["queued"],
        "running": row["running"],
        "failed": row["failed"],
        "quarantined": row["quarantined"],
        "oldest_seconds": coarse(row["oldest_seconds"]),
    }
    return LaneDepth(version=version_of(shown), **shown)


def record(row: Mapping[str, Any], key: str = "id") -> Record:
    """A generic row: every text cleaned, uuids as text, other values as they are."""
    cells = {name: _plain(value) for name, value in row.items() if name not in {"total", "version"}}
    return Record(
        key=str(row[key]),
        version=version_of(sorted(cells.items(), key=lambda item: item[0])),
        cells=cells,
        row_version=int(row.get("version") or 0),
        tenant_id=str(row.get("tenant_id") or ""),
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {clean(str(name)): _plain(item) for name, item in value.items()}
    return value if hasattr(value, "year") else _number_or_text(value)


def _number_or_text(value: Any) -> Any:
    from decimal import Decimal

    return float(value) if isinstance(value, Decimal) else clean(str(value))
