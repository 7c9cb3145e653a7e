"""Plausible rows for tests and for looking at the screens; seeded, so that every picture is the same."""

import random
from datetime import UTC, datetime, timedelta

from console.feed.model import (
    AlertRow,
    EngineRow,
    GenerationRow,
    Header,
    IncidentRow,
    LaneDepth,
    Overview,
    QueueDepth,
    Record,
    Section,
    Tile,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

BRANDS = (
    "Northgate Motors",
    "Halden Auto",
    "Riverside Cars",
    "Kestrel Vans",
    "Bayview Autohaus",
    "Sundial Dealership",
    "Orchard Lane EV",
    "Pinecrest Trucks",
    "Meridian Mobility",
    "Copperfield Cars",
    "Lakeshore Motors",
    "Summit Auto",
    "Brightwater EV",
    "Ironbridge Trucks",
    "Fairlawn Motors",
    "Greystone Garage",
    "Harbour & Sons",
    "Vantage Vehicles",
    "Willowbrook Auto",
    "Redwood Rides",
    "Ashford Autos",
    "Blue Heron Motors",
    "Quarry Hill Cars",
    "Marlin Motors",
)


def grade_of(score: float) -> str:
    return "Excellent" if score >= 80 else "Good" if score >= 60 else "Fair" if score >= 40 else "Poor"


def band_of(risk: float) -> str:
    return "Low" if risk <= 0.2 else "Medium" if risk <= 0.5 else "High" if risk <= 0.8 else "Critical"


def tile(place: int, rng: random.Random, version: int = 1, name: str | None = None) -> Tile:
    if place % 11 == 7:
        return Tile(
            f"t{place:03}",
            version,
            name or BRANDS[place % len(BRANDS)],
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            "no_data",
            "no signals in the last 30 days",
            (),
            None,
        )
    walk = [rng.uniform(35, 85)]
    for _ in range(25):
        walk.append(min(97.0, max(12.0, walk[-1] + rng.gauss(0, 3))))
    score = walk[-1]
    spread = rng.uniform(2, 7)
    risk = min(0.99, max(0.01, rng.betavariate(1.3, 3)))
    return Tile(
        f"t{place:03}",
        version,
        name or BRANDS[place % len(BRANDS)],
        score,
        grade_of(score),
        walk[-1] - walk[-2],
        max(0, score - spread),
        min(100, score + spread),
        risk,
        band_of(risk),
        "uncalibrated" if place % 7 == 3 else "stale" if place % 13 == 5 else "calibrated",
        None,
        tuple(walk),
        NOW,
    )


ALERTS = (
    ("DISPATCH_FAILED", "critical", "No driver can reach order {o} before its promise"),
    ("SLA_BREACH", "high", "Order {o} is predicted 12 min late"),
    ("DRIVER_UNRESPONSIVE", "high", "Driver Mira K. has sent no position for 17 min"),
    ("SLA_BREACH", "medium", "Order {o} has 48 min left and no driver"),
    ("OPTIMIZATION_NEEDED", "low", "Route of driver Tomas B. could be 18 % shorter"),
)


def alert(place: int, rng: random.Random) -> AlertRow:
    kind, severity, message = ALERTS[place % len(ALERTS)]
    order = f"ORD-{4100 + place * 7}"
    status = ("open", "open", "acknowledged", "open", "snoozed")[place % 5 if place > 1 else 0]
    return AlertRow(
        f"a{place:03}",
        1,
        f"t{place % 24:03}",
        BRANDS[place % len(BRANDS)],
        kind,
        severity,
        status,
        message.format(o=order),
        order,
        f"o{place:03}",
        rng.choice((1, 1, 2, 5)),
        "maria" if status == "acknowledged" else None,
        NOW + timedelta(minutes=25) if status == "snoozed" else None,
        NOW - timedelta(minutes=rng.randrange(1, 240)),
        1,
    )


def incident(place: int, rng: random.Random) -> IncidentRow:
    traffic = place % 2 == 0
    return IncidentRow(
        f"i{place:03}",
        1,
        f"t{place % 24:03}",
        BRANDS[place % len(BRANDS)],
        "traffic" if traffic else "escalation",
        rng.choice(("accident", "construction", "road_closure") if traffic else ("SLA_RISK", "STUCK_ORDER")),
        rng.choice(("SEVERE", "HIGH", "MEDIUM")) if traffic else rng.choice(("critical", "high", "medium")),
        "active" if traffic else rng.choice(("open", "investigating")),
        "Two lanes closed on the ring road" if traffic else "No event for 34 min",
        rng.randrange(1, 14),
        NOW - timedelta(minutes=rng.randrange(2, 90)),
        1,
    )


TOPICS = ("Winter tyres", "EV incentives", "Service plans", "Fleet leasing")


def session(place: int) -> GenerationRow:
    percent, status, stage = ((64.0, "processing", "scoring"), (100.0, "completed", "completed"),
                              (22.0, "processing", "content"), (41.0, "failed", "monte_carlo"))[place % 4]  # fmt: skip
    return GenerationRow(
        f"s{place:03}",
        1,
        f"t{place:03}",
        BRANDS[place],
        TOPICS[place % 4],
        status,
        stage,
        percent,
        int(percent // 10),
        10,
        "provider timed out" if status == "failed" else None,
        NOW - timedelta(minutes=3 + place * 6),
        1,
    )


ENGINES = (
    ("auto_dispatch", "Give orders to drivers", "running", "ok", 4, 0.012, 6),
    ("routing", "Routing", "idle", "ok", 122, 0.84, 178),
    ("batching", "Batching", "idle", "ok", 300, 1.9, 300),
    ("escalation", "Escalation", "idle", "late", 190, 0.2, -70),
    ("recompute", "Recompute", "idle", "ok", 7200, 3.1, 14400),
    ("maintenance", "Maintenance", "stopped", "ok", 40000, 12.0, 50000),
)


def engine(entry: tuple[str, str, str, str, int, float, int]) -> EngineRow:
    key, title, state, health, ago, took, due = entry
    return EngineRow(
        key,
        1,
        title,
        "stopped" if state == "stopped" else "running",
        state,
        NOW - timedelta(seconds=ago),
        took,
        NOW + timedelta(seconds=due),
        health,
        None,
        key in ("auto_dispatch", "routing", "batching", "escalation"),
    )


def overview(tenants: int = 24, alerts: int = 14, *, seed: int = 7, environment: str = "staging") -> Overview:
    rng = random.Random(seed)
    tiles = sorted((tile(i, rng) for i in range(tenants)), key=lambda t: -(t.risk if t.risk is not None else -1))
    alert_rows = sorted(
        (alert(i, rng) for i in range(alerts)), key=lambda a: ("critical", "high", "medium", "low").index(a.severity)
    )
    lanes = (
        LaneDepth("urgent", 1, 0, 1, 0, 0, None),
        LaneDepth("high", 1, 6, 2, 0, 0, 3.0),
        LaneDepth("medium", 1, 128, 1, 2, 0, 95.0),
        LaneDepth("low", 1, 1310, 0, 11, 1, 4210.0),
    )
    depth = [0]
    for _ in range(80):
        depth.append(max(0, int(depth[-1] * 0.93 + rng.gauss(90, 120))))
    incidents = tuple(incident(i, rng) for i in range(7))
    return Overview(
        now=NOW,
        header=Header(environment, "aoer@db1", "console_login", "operator", False, False, "live", "console-2", 2, NOW),
        queue=QueueDepth(lanes, 412.0, tuple(depth), 3),
        tiles=Section(tuple(tiles), len(tiles), NOW),
        alerts=Section(tuple(alert_rows), len(alert_rows), NOW),
        incidents=Section(incidents, len(incidents), NOW),
        generation=Section(tuple(session(i) for i in range(4)), 4, NOW),
        engines=Section(tuple(engine(e) for e in ENGINES), len(ENGINES), NOW),
    )


def lists() -> dict[str, Section[Record]]:
    """Rows of the list screens."""
    states, lanes = ("queued", "running", "failed"), ("urgent", "high", "medium", "low")
    jobs = tuple(
        Record(
            f"j{i}",
            1,
            {
                "tenant": BRANDS[i % 24],
                "status": states[i % 3],
                "priority": lanes[i % 4],
                "retry_count": i % 4,
                "created_at": NOW - timedelta(minutes=i),
            },
            1,
            f"t{i % 24:03}",
        )
        for i in range(40)
    )
    orders = tuple(
        Record(
            f"o{i:03}",
            1,
            {
                "reference": f"ORD-{4100 + i}",
                "status": ("pending", "assigned", "out_for_delivery")[i % 3],
                "priority": ("high", "low")[i % 2],
                "driver": None if i % 3 == 0 else "Mira K.",
                "promised_at": NOW + timedelta(minutes=3 * i),
                "tenant": BRANDS[i % 24],
                "notes": "ring twice",
            },
            1,
            f"t{i % 24:03}",
        )
        for i in range(60)
    )
    drivers = tuple(
        Record(
            f"d{i}",
            1,
            {
                "name": name,
                "fits": i != 3,
                "distance_km": 1.2 + i,
                "active_orders": i,
                "status": "available",
                "reason": "vehicle too small" if i == 3 else "",
            },
        )
        for i, name in enumerate(("Mira K.", "Tomas B.", "Ana L.", "Joe P."))
    )
    audit = tuple(
        Record(
            f"u{i}",
            1,
            {
                "at": NOW - timedelta(minutes=i),
                "action": "alert.acknowledge",
                "object_type": "dispatch_alerts",
                "os_user": "maria",
                "outcome": "done",
                "reason": "on it",
            },
        )
        for i in range(20)
    )
    made = {"jobs": jobs, "orders": orders, "drivers": drivers, "candidates": drivers, "audit": audit}
    return {name: Section(rows, len(rows), NOW) for name, rows in made.items()}
