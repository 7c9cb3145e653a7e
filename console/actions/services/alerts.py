"""Verbs on alerts: those of the engines, and those about the audit record. Two tables, one life."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from console.actions.model import Outcome, Target
from console.actions.services.rows import Kind, Row, Step, Verb, each_of
from console.domain import alerts
from console.domain.actor import Actor
from console.domain.alerts import Alert
from console.domain.states import Refused
from console.errors import UsageError

DISPATCH = Kind("alert", "dispatch_alerts", ("alerts",))
AUDIT = Kind("audit_alert", "audit_alerts", ("alerts",))
KINDS = {"dispatch": DISPATCH, "audit": AUDIT}
Change = Callable[[Alert, datetime], Alert]


async def acknowledge(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Somebody is on it, for so many minutes."""
    minutes = _minutes(params)

    def change(alert: Alert, now: datetime) -> Alert:
        return alerts.acknowledge(alert, actor.os_user, now, minutes)

    return await _change(db, actor, targets, "alert.acknowledge", change, f"acknowledged for {minutes} min")


async def snooze(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Hide it for so many minutes."""
    minutes = _minutes(params)

    def change(alert: Alert, now: datetime) -> Alert:
        return alerts.snooze(alert, now, minutes)

    return await _change(db, actor, targets, "alert.snooze", change, f"snoozed for {minutes} min")


async def resolve(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Close it; without a resolution the reason of the actor stands in."""
    words = params.get("resolution") or actor.reason

    def change(alert: Alert, now: datetime) -> Alert:
        return alerts.resolve(alert, actor.os_user, now, words)

    return await _change(db, actor, targets, "alert.resolve", change, "resolved")


async def reopen(db: Any, actor: Actor, targets: Sequence[Target], _params: Mapping[str, str]) -> list[Outcome]:
    """Back to open."""
    return await _change(db, actor, targets, "alert.reopen", alerts.reopen, "open again")


async def assign(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Name who looks after it."""
    who = params.get("assignee", "").strip()

    def change(alert: Alert, _now: datetime) -> Alert:
        return alerts.assign(alert, who)

    said = f"assigned to {who}" if who else "assigned to nobody"
    return await _change(db, actor, targets, "alert.assign", change, said)


async def restore(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Put back the state that undo remembers."""
    try:
        wanted = Alert.from_cells(json.loads(params["state"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"state is not an alert's state: {error}", hint="undo writes it; it is not for typing"
        ) from None

    def change(_alert: Alert, _now: datetime) -> Alert:
        return wanted

    return await _change(db, actor, targets, "alert.restore", change, f"{wanted.status} again")


async def note(db: Any, actor: Actor, targets: Sequence[Target], params: Mapping[str, str]) -> list[Outcome]:
    """Add a note; it stays with the alert and is in the audit trail."""
    text = params.get("text", "").strip()
    if not text:
        raise UsageError("the note is empty", hint="say something")

    async def decide(_connection: Any, _row: Row, now: datetime) -> Step:
        entry = {"at": now.isoformat(), "by": actor.os_user, "text": text[:4000]}
        return Step((("note_alert", (entry,)),), {}, {"note": entry["text"]}, "noted")

    verbs = {word: Verb("alert.note", kind, decide) for word, kind in KINDS.items()}
    return await each_of(db, actor, targets, verbs)


async def _change(
    db: Any, actor: Actor, targets: Sequence[Target], action_id: str, change: Change, message: str
) -> list[Outcome]:
    verbs = {word: Verb(action_id, kind, partial(_decide, change, message)) for word, kind in KINDS.items()}
    return await each_of(db, actor, targets, verbs)


async def _decide(change: Change, message: str, _connection: Any, row: Row, now: datetime) -> Step:
    old = Alert.from_cells(row)
    new = change(old, now)
    if old.resolved and not new.resolved and row["twin"]:
        raise Refused("the same trouble has a newer alert that is not resolved; work on that one")
    columns = (
        new.status.value,
        new.assignee,
        new.acknowledged_by,
        new.acknowledged_at,
        None if new.ack_until is None else new.ack_until.isoformat(),
        new.snoozed_until,
        new.resolved_at,
        new.resolved_by,
        new.resolution,
    )
    undo = {"state": json.dumps(old.cells())}
    return Step((("write_alert", columns),), old.cells(), new.cells(), message, undo)


def _minutes(params: Mapping[str, str]) -> int:
    words = params.get("minutes", "30")
    try:
        return int(words)
    except ValueError:
        raise UsageError(f"minutes must be a whole number, not {words!r}") from None
