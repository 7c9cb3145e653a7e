"""Rules that tie the columns of a row together. Each returns the column at fault and the reason, or None."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from console.importer.kinds import RowRule

Row = Mapping[str, str | None]
CLOCK_TOLERANCE = timedelta(days=1)


def position(lat: str, lon: str) -> RowRule:
    """Both or neither, and not 0,0: that is what a device without a fix sends."""

    def rule(row: Row) -> tuple[str, str] | None:
        north, east = row.get(lat), row.get(lon)
        if north is None and east is None:
            return None
        if north is None or east is None:
            missing, given = (lat, lon) if north is None else (lon, lat)
            return missing, f"missing although {given} is given"
        if float(north) == 0 and float(east) == 0:
            return lat, "0,0 is no position; leave both cells empty"
        return None

    return rule


def ordered(first: str, second: str) -> RowRule:
    """`second` is not before `first`."""

    def rule(row: Row) -> tuple[str, str] | None:
        before, after = row.get(first), row.get(second)
        if before and after and datetime.fromisoformat(after) < datetime.fromisoformat(before):
            return second, f"before {first} {before}"
        return None

    return rule


def not_future(column: str, now: datetime | None = None) -> RowRule:
    """What has happened cannot lie in the future; a day's tolerance for clocks that are set wrong."""

    def rule(row: Row) -> tuple[str, str] | None:
        at = row.get(column)
        latest = (now or datetime.now(UTC)) + CLOCK_TOLERANCE
        return (column, "in the future") if at and datetime.fromisoformat(at) > latest else None

    return rule


def status_agrees(row: Row) -> tuple[str, str] | None:
    """A delivered order has status delivered, and an order on its way has a driver."""
    status = row.get("status")
    if row.get("delivered_at") and status not in {None, "delivered"}:
        return "status", "contradicts delivered_at: a delivered order has status delivered"
    if status in {"assigned", "picked_up", "out_for_delivery"} and not row.get("driver_reference"):
        return "driver_reference", f"missing although status is {status}"
    if status == "pending" and row.get("driver_reference"):
        return "status", "contradicts driver_reference: an order with a driver is not pending"
    return None
