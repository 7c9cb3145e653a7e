"""Troubles of one tenant as found now: pure judgement over the rows that were read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from console.automation.escalation.risk import ErrorModel, Risk, Thresholds, judge, severity
from console.automation.escalation.steps import fingerprint

ALERT_OF = {
    "SLA_RISK": "SLA_BREACH",
    "STUCK_ORDER": "OPTIMIZATION_NEEDED",
    "UNRESPONSIVE_DRIVER": "DRIVER_UNRESPONSIVE",
    "FAILED_DELIVERY": "SLA_BREACH",
}
WHO = {"critical": "duty manager", "high": "dispatcher lead", "medium": "dispatcher", "low": "dispatcher"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One delivery in danger. `breach` is minutes to the promise, `delay` predicted minutes after it.

    `reason` does not name the order: wherever it is shown alone, `words` do.
    """

    kind: str
    severity: str
    reason: str
    order: UUID | None = None
    driver: UUID | None = None
    sla: float | None = None
    breach: float | None = None
    delay: float | None = None
    probability: float | None = None
    orders: tuple[UUID, ...] = ()
    reference: str | None = None
    row: Any = field(default=None, compare=False)

    @property
    def subject(self) -> UUID | None:
        """What the trouble is about."""
        return self.order or self.driver

    @property
    def words(self) -> str:
        """The reason with the order's reference."""
        return self.reason if self.reference is None else f"{self.reference}: {self.reason}"

    @property
    def name(self) -> str:
        """Fingerprint: the same trouble keeps its name while it lasts."""
        return fingerprint(self.kind, str(self.subject))


def thresholds(row: Any) -> Thresholds:
    """Steps of the order's service level; the defaults where it has none."""
    base = Thresholds()
    return Thresholds(
        row["warn_minutes"] or base.warn, row["high_minutes"] or base.high, row["critical_minutes"] or base.critical
    )


def order_risk(row: Any, model: ErrorModel) -> Risk:
    """Risk of one open order."""
    ahead = _predicted(row)
    return judge(row["left"], None if ahead is None else max(0.0, ahead), thresholds(row), model)


def _predicted(row: Any) -> float | None:
    """Minutes to the arrival, where a driver has the order: what is only planned is not kept when dispatching stops."""
    ahead: float | None = row["ahead"] if row["driver_id"] is not None else None
    return ahead


def find_troubles(
    orders: Iterable[Any],
    drivers: Iterable[Any],
    failed: Iterable[Any],
    model: ErrorModel,
    *,
    stuck_minutes: float,
) -> list[Trouble]:
    """All troubles, worst first. Stuck orders whose goods are not ready yet only wait."""
    found: list[Trouble] = []
    for row in orders:
        risk = order_risk(row, model)
        if risk.at_risk:
            found.append(_sla(row, risk))
        waiting = (row["ready"] or 0.0) > 0
        if row["silent"] >= stuck_minutes and not waiting:
            text = f"{row['status']} without any event for {row['silent']:.0f} min"
            level = "high" if row["silent"] >= 2 * stuck_minutes else "medium"
            found.append(
                Trouble(
                    "STUCK_ORDER",
                    level,
                    text,
                    row["id"],
                    row["driver_id"],
                    breach=row["left"],
                    reference=row["reference"],
                )
            )
    found.extend(_silent(row) for row in drivers)
    found.extend(_failed(row) for row in failed)
    rank = {"critical": 0, "high": 1, "medium": 2, "low": 3}
    return sorted(found, key=lambda one: (rank[one.severity], one.breach if one.breach is not None else 1e9, one.name))


def _sla(row: Any, risk: Risk) -> Trouble:
    ahead = _predicted(row)
    return Trouble(
        kind="SLA_RISK",
        severity=risk.severity if risk.severity != "low" else "medium",
        reason=risk.reason,
        reference=row["reference"],
        order=row["id"],
        driver=row["driver_id"],
        sla=row["sla_minutes"],
        breach=row["left"],
        delay=None if ahead is None or row["left"] is None else ahead - row["left"],
        probability=risk.probability,
        row=row,
    )


def _silent(row: Any) -> Trouble:
    words = "never sent a position" if row["silent"] is None else f"silent for {row['silent']:.0f} min"
    count = len(row["orders"])
    reason = f"{row['name']}: {words} with {count} order{'s' if count > 1 else ''}"
    level = "critical" if (row["silent"] or 1e9) >= 30 else "high"
    return Trouble("UNRESPONSIVE_DRIVER", level, reason, driver=row["id"], orders=tuple(row["orders"]), row=row)


def _failed(row: Any) -> Trouble:
    reason = f"failed {row['silent']:.0f} min ago and nothing was done"
    level = severity(row["left"], Thresholds()) if row["left"] is not None else "high"
    level = "high" if level == "low" else level
    return Trouble("FAILED_DELIVERY", level, reason, row["id"], row["driver_id"], reference=row["reference"])


def gone(open_now: Sequence[Any], troubles: Mapping[tuple[str, UUID | None], Trouble]) -> list[Any]:
    """Open escalations whose trouble was not found any more."""
    kept = []
    for row in open_now:
        subject = row["driver_id"] if row["kind"] == "UNRESPONSIVE_DRIVER" else row["order_id"]
        if (row["kind"], subject) not in troubles:
            kept.append(row)
    return kept
