"""Smart batching as a cycle: group waiting orders where one trip beats several and nobody becomes late."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.batching.rules import Batch, Parcel, Rules, driven, form_batches
from console.automation.control import STOPPED, machine, overrides, should_run
from console.automation.travel.circle import pairwise_km, usable
from console.automation.travel.model import Speeds, TravelTimes
from console.automation.travel.source import learned_speeds, travel_source
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("batching")
ENGINE = "batching"
_MOST = 1000
_BOUND_SECONDS = 30.0
_PROBES = 60


async def run(db: Database, settings: Any, _tick: datetime) -> Mapping[str, Any]:
    """Form batches for every tenant."""
    if not await should_run(db, ENGINE):
        return STOPPED
    return await batch_all(db, settings)


async def batch_all(db: Database, settings: Any, tenant: UUID | None = None) -> Mapping[str, Any]:
    """The work itself, whatever the desired state; bounded in orders and time."""
    options = await overrides(db, ENGINE)
    totals: Counter[str] = Counter()
    began = time.monotonic()
    for row in await db.fetch(_SQL["tenants_with_orders"]):
        if tenant is not None and row["id"] != tenant:
            continue
        if time.monotonic() - began > _BOUND_SECONDS:
            totals["tenants_left"] += 1
            continue
        totals.update(await batch_tenant(db, settings, row["id"], row["hour"], options))
    if totals["batches"]:
        db.changed("orders", "batches")
    return dict(totals)


async def batch_tenant(
    db: Database, settings: Any, tenant: UUID, hour: int, options: Mapping[str, Any]
) -> Counter[str]:
    """One tenant: read, decide in a worker thread, write each batch that still holds."""
    rows = await db.fetch(_SQL["loose_orders"], tenant, _MOST)
    levels = {row["name"]: row for row in await db.fetch(_SQL["level_rules"], tenant)}
    good = [
        row
        for row in rows
        if usable(row["pickup_lat"], row["pickup_lon"]) and usable(row["dropoff_lat"], row["dropoff_lon"])
    ]
    parcels = [_parcel(row) for row in good]
    source = travel_source(settings, await learned_speeds(db, tenant, settings.automation.road_factor))
    formed = await asyncio.to_thread(_form, parcels, levels, options, await pace_of(source, parcels, hour))
    formed = await confirmed(formed, parcels, source, hour)
    totals = Counter(orders=len(good))
    async with db.transaction(machine(ENGINE)) as connection:
        totals["finished"] = len(await connection.fetch(_SQL["finish_batches"], tenant))
        for batch in formed:
            totals.update(await _write(connection, tenant, batch, [good[index] for index in batch.members]))
    return totals


def _parcel(row: Any) -> Parcel:
    pickup, dropoff = (row["pickup_lat"], row["pickup_lon"]), (row["dropoff_lat"], row["dropoff_lon"])
    weight, value = row["weight_kg"], row["value"]
    return Parcel(
        str(row["id"]), row["service_type"], pickup, dropoff, row["ready"] or 0.0, row["promise"], weight, value
    )


def _form(parcels: Sequence[Parcel], levels: Mapping[str, Any], options: Mapping[str, Any], pace: float) -> list[Batch]:
    known: dict[str, Rules] = {}

    def rules(service: str) -> Rules:
        if service not in known:
            known[service] = level_rules(levels.get(service), options)
        return known[service]

    return form_batches(parcels, rules, pace)


async def pace_of(source: TravelTimes, parcels: Sequence[Parcel], hour: int) -> float:
    """Minutes for a straight kilometre as the source sees this town: the median over some of its rides."""
    some = [(one.pickup, one.dropoff) for one in parcels[:_PROBES]] or [((48.0, 11.0), (48.01, 11.0))]
    km = pairwise_km([a for a, _ in some], [b for _, b in some]).tolist()
    minutes = await source.paths(some, "", hour)
    ratios = [legs[0] / length for legs, length in zip(minutes, km, strict=True) if length > 0.05]
    return median(ratios) if ratios else Speeds().minutes_per_km("", hour)


async def confirmed(formed: Sequence[Batch], parcels: Sequence[Parcel], source: TravelTimes, hour: int) -> list[Batch]:
    """Batches that hold by the source's own minutes: still less than separate deliveries, and nobody late.

    One that does not is tried again without each of its members; the part that saves most stays.
    """
    measured = await _measured(formed, parcels, source, hour)
    kept = [found for found in measured if found is not None]
    broken = [batch for batch, found in zip(formed, measured, strict=True) if found is None and len(batch.members) > 2]
    for batch in broken:
        parts = [_without(batch, left, parcels) for left in batch.members]
        held = [found for found in await _measured(parts, parcels, source, hour) if found is not None]
        if held:
            kept.append(max(held, key=lambda one: one.saved))
    return kept


def _without(batch: Batch, left: int, parcels: Sequence[Parcel]) -> Batch:
    members = tuple(index for index in batch.members if index != left)
    path = [parcels[members[0]].pickup, *(parcels[index].dropoff for index in members)]
    return replace(batch, members=members, km=float(pairwise_km(path[:-1], path[1:]).sum()))


async def _measured(
    formed: Sequence[Batch], parcels: Sequence[Parcel], source: TravelTimes, hour: int
) -> list[Batch | None]:
    members = [[parcels[index] for index in batch.members] for batch in formed]
    tours = await source.paths([[some[0].pickup, *(one.dropoff for one in some)] for some in members], "", hour)
    rides = [(some[0].pickup, one.dropoff) for some in members for one in some]
    alone = iter([legs[0] for legs in await source.paths(rides, "", hour)])
    return [
        driven(batch, some, legs, [next(alone) for _ in some])
        for batch, some, legs in zip(formed, members, tours, strict=True)
    ]


def level_rules(level: Any, options: Mapping[str, Any]) -> Rules:
    """Rules of a service level: its own `batch_rules`, else by its promise (1 h: 3 orders in 3 km; 2-4 h: 8 in 8)."""
    minutes = level["sla_minutes"] if level is not None else None
    orders, radius = 5, 3.0
    if minutes is not None and minutes <= 60:
        orders, radius = 3, 3.0
    elif minutes is not None and 120 <= minutes <= 240:
        orders, radius = 8, 8.0
    told = dict(options)
    if level is not None and isinstance(level["batch_rules"], Mapping):
        told |= level["batch_rules"]
    return Rules(
        max_orders=max(2, int(_number(told, "max_orders", orders))),
        radius_km=_number(told, "radius_km", radius),
        spread=_number(told, "spread_minutes", 60.0),
        left=_number(told, "left_minutes", 30.0),
        max_kg=_number(told, "max_kg", float("inf")),
    )


def _number(options: Mapping[str, Any], name: str, default: float) -> float:
    value = options.get(name)
    return float(value) if isinstance(value, (int, float)) and value >= 0 else float(default)


async def _write(connection: asyncpg.Connection, tenant: UUID, batch: Batch, rows: Sequence[Any]) -> Counter[str]:
    """One batch, unless a member was taken or changed since it was read."""
    ids = [row["id"] for row in rows]
    locked = {row["id"]: row["version"] for row in await connection.fetch(_SQL["lock_members"], tenant, ids)}
    if any(locked.get(row["id"]) != row["version"] for row in rows):
        return Counter(lost=1)
    north = sum(row["dropoff_lat"] for row in rows) / len(rows)
    east = sum(row["dropoff_lon"] for row in rows) / len(rows)
    made = await connection.fetchrow(
        _SQL["new_batch"],
        tenant,
        ids,
        len(ids),
        batch.km,
        batch.minutes,
        sum(row["weight_kg"] for row in rows),
        sum(row["value"] for row in rows),
        f"{north:.2f},{east:.2f}",
        rows[0]["service_type"],
        batch.saved,
    )
    reason = f"batch {made['batch_number']}: {batch.saved:.0f} min less than separate deliveries"
    await connection.execute(_SQL["join_batch"], tenant, made["id"], ids, reason)
    return Counter(batches=1, batched=len(ids))
