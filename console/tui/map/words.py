"""What the map says in words: the caption, one line about the selection, and all about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from console.feed.places import DriverPlace, IncidentPlace, OrderPlace, Place
from console.tui.look.glyphs import level
from console.tui.look.spans import Span, length, wrap
from console.tui.look.words import count, since, until
from console.tui.map.paint import DROPOFF, FREE, LATE_ORDER, LEGEND, ORDER, PICKUP
from console.tui.map.scene import WAITING, Scene, Stop, late, stale

_SOON: Final = 10
_NOTE: Final = "Lines are straight, not roads. What is not drawn is counted in the title."


def caption(scene: Scene, outside: int, now: datetime | None, room: int) -> list[Span]:
    """Counts for the title, in signs where `room` cells are too few for words. What is not drawn is counted here."""
    over = scene.late_orders(now)
    behind = sum(1 for order in scene.waiting if order.key in over)
    numbers = (
        (len(scene.drivers), FREE, "driver", True),
        (len(scene.waiting), ORDER, "waiting", True),
        (behind, LATE_ORDER, "late", False),
        (len(scene.incidents), level("medium"), "incident", True),
    )
    told = [(number, sign, word) for number, sign, word, always in numbers if number or always]
    words: list[Span] = [(_many(number, word), "text") for number, _, word in told]
    signs: list[Span] = [(f"{sign[0]}{count(number)}", "text") for number, sign, _ in told]
    rest: list[Span] = [
        (f"{count(number)} {word}", role)
        for number, word, role in (
            (scene.old(now), "old", "warn"),
            (scene.unplaced, "nowhere", "warn"),
            (scene.left_out, "left out", "warn"),
            (outside, "outside", "info"),
        )
        if number
    ]
    full = _joined([*words, *rest], " · ")
    return full if length(full) <= room else _joined([*signs, *rest], " ")


def _joined(parts: Sequence[Span], gap: str) -> list[Span]:
    return [span for part in parts for span in ((gap, "dim"), part)][1:]


def _many(number: int, word: str) -> str:
    counted = word in ("driver", "incident") and number != 1
    return f"{count(number)} {word}{'s' if counted else ''}"


def legend() -> list[Span]:
    """The signs and what they mean."""
    return [span for (glyph, role), word in LEGEND for span in ((glyph, role), (f" {word}   ", "dim"))]


def line(place: Place, scene: Scene, now: datetime | None) -> list[Span]:
    """One line about a place."""
    if isinstance(place, DriverPlace):
        return _driver_line(place, scene, now)
    if isinstance(place, OrderPlace):
        who = scene.names.get(place.driver_id or "", "nobody")
        spans: list[Span] = [(place.reference, "title"), (f"  {_state(place.status)} · {place.priority}", "text")]
        spans += [("  ", "text"), *_due(place, now), (f" · {who}", "dim")]
        return [*spans, (f" · {place.pickup_name or '–'} → {place.dropoff_name or '–'}", "dim")]
    effect = "closed" if place.closed else "slow"
    spans = [(place.description or _state(place.type), "title")]
    return [*spans, (f"  {place.severity.lower()} · {effect} within {place.radius} m", "text"), _seen(place, now)]


def _seen(place: IncidentPlace, now: datetime | None) -> Span:
    return f" · {since(place.reported_at, now)}", "dim"


def _driver_line(driver: DriverPlace, scene: Scene, now: datetime | None) -> list[Span]:
    load = scene.load(driver.key)
    spans: list[Span] = [
        (driver.name, "title"),
        (f"  {_state(driver.status)} · {driver.vehicle_type or 'vehicle unknown'}", "text"),
        (f" · {len(load)}/{driver.capacity} orders", "text"),
        _position(driver, now),
    ]
    stops = scene.stops(driver.key)
    if stops:
        spans += [(" · next ", "dim"), *stop_spans(stops[0], now)]
    return spans


def _position(driver: DriverPlace, now: datetime | None) -> Span:
    if driver.at is None:
        return " · no position", "warn"
    seen = since(driver.position_at, now)
    return (" · seen now" if seen == "now" else f" · seen {seen} ago"), "warn" if stale(driver, now) else "dim"


def _state(word: str) -> str:
    return word.replace("_", " ")


def _due(order: OrderPlace, now: datetime | None) -> list[Span]:
    if order.promised_at is None:
        return [("no promise", "dim")]
    if now is not None and now > order.promised_at:
        return [(f"{since(order.promised_at, now)} late", "crit")]
    words = until(order.promised_at, now)
    return [(f"due {words}", "text"), *([(" likely late", "bad")] if late(order, now) else [])]


def stop_spans(stop: Stop, now: datetime | None) -> list[Span]:
    """A stop: sign, place, when."""
    sign = PICKUP if stop.pickup else DROPOFF
    spans: list[Span] = [(f"{sign} ", "key"), (stop.name, "text")]
    if stop.at is None:
        spans.append((" no position", "warn"))
    if stop.pickup:
        ready = stop.order.ready_at
        waits = ready is not None and now is not None and ready > now
        return [*spans, (f" ready {until(ready, now)}" if waits else "", "dim")]
    return [*spans, (" ", "text"), *_due(stop.order, now)]


def facts(place: Place, scene: Scene) -> dict[str, Any]:
    """Fields of the side list."""
    if isinstance(place, DriverPlace):
        return {
            "name": place.name,
            "status": place.status,
            "vehicle": place.vehicle_type or None,
            "load": f"{len(scene.load(place.key))} of {place.capacity} orders",
            "tenant": place.tenant,
            "position": _degrees(place.at),
            "position_at": place.position_at,
        }
    if isinstance(place, OrderPlace):
        return {
            "reference": place.reference,
            "status": place.status,
            "priority": place.priority,
            "driver": scene.names.get(place.driver_id or "", None),
            "pickup": place.pickup_name or _degrees(place.pickup),
            "drop_off": place.dropoff_name or _degrees(place.dropoff),
            "ready_at": place.ready_at,
            "promised_at": place.promised_at,
            "predicted_at": place.eta_at,
            "tenant": place.tenant,
        }
    return {
        "description": place.description,
        "severity": place.severity,
        "type": _state(place.type),
        "effect": "streets closed" if place.closed else "traffic slow",
        "radius": f"{place.radius} m",
        "tenant": place.tenant,
        "position": _degrees(place.at),
        "reported_at": place.reported_at,
    }


def _degrees(point: tuple[float, float] | None) -> str:
    return "unknown" if point is None else f"{point[0]:.5f}, {point[1]:.5f}"


def below(place: Place, scene: Scene, now: datetime | None, width: int) -> list[Sequence[Span]]:
    """Lines under the fields: the route's stops, then the orders that are due first."""
    lines: list[Sequence[Span]] = []
    if isinstance(place, DriverPlace):
        stops = scene.stops(place.key)
        lines += [[], [("Stops in order", "accent")]]
        lines += [[(f"{n:>2} ", "key"), *stop_spans(stop, now)] for n, stop in enumerate(stops, 1)]
        if not stops:
            lines.append([("No order at the moment.", "dim")])
    return [*lines, *_soonest(scene, now), [], *([(text, "dim")] for text in wrap(_NOTE, width))]


def _soonest(scene: Scene, now: datetime | None) -> list[Sequence[Span]]:
    """Open orders whose promise comes first."""
    due = sorted((o for o in scene.orders if o.promised_at is not None), key=lambda o: (o.promised_at, o.key))
    if not due:
        return []
    lines: list[Sequence[Span]] = [[], [("Due first", "accent")]]
    for order in due[:_SOON]:
        glyph, role = LATE_ORDER if late(order, now) else ORDER
        who = "waiting" if order.status == WAITING else scene.names.get(order.driver_id or "", "assigned")
        lines.append([(glyph, role), (f" {order.reference} ", "text"), *_due(order, now), (f" · {who}", "dim")])
    return lines
