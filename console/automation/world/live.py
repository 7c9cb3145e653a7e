"""A world in a live database: it places orders, moves drivers, lets jams come and go. The engines do the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from console.automation.routing.drivers import driver_tour
from console.automation.routing.store import read_incidents
from console.automation.travel.incidents import Incident
from console.automation.travel.model import STOPS, Speeds
from console.automation.world.model import NewOrder, Source
from console.automation.world.motion import Event, Mover, advance
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("replay")
_JAM = timedelta(minutes=6)
_SERVICE = 2.0
ACTOR = Actor(Origin.COMMAND_LINE, "demo world")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of the world's orders."""

    waiting: int
    under_way: int
    delivered: int
    late: int
    lost: int


class World:
    """One tenant's world. `speed` is how many times faster than life everything is."""

    def __init__(
        self, db: Database, source: Source, *, tenant: str, tag: str, speed: float, road_factor: float
    ) -> None:
        self._db, self._source, self._name, self._tag = db, source, tenant, tag
        self._speed, self._road = speed, road_factor
        self._tenant: UUID | None = None
        self._references: dict[UUID, str] = {}
        self._movers: dict[UUID, Mover] = {}
        self.elapsed = 0.0

    async def begin(self) -> UUID:
        """Tenant, service levels, drivers, and the pace the engines must reckon with; all engines should run."""
        async with self._db.transaction(ACTOR) as connection:
            tenant: UUID = await connection.fetchval(_SQL["tenant"], self._name)
            for level, minutes in (("express", 30), ("standard", 60)):
                steps = (max(1, minutes // int(self._speed or 1) // share) for share in (2, 4, 8))
                await connection.execute(_SQL["level"], tenant, level, minutes, *steps)
            crew = self._source.drivers()
            columns = [
                [one.reference for one in crew],
                [one.name for one in crew],
                [one.vehicle for one in crew],
                [one.capacity for one in crew],
                [one.place[0] for one in crew],
                [one.place[1] for one in crew],
            ]
            rows = await connection.fetch(_SQL["add_drivers"], tenant, *columns)
            vehicles = sorted({one.vehicle for one in crew} | {"", STOPS})
            await connection.execute(_SQL["pace"], tenant, 1.0 / self._speed, vehicles)
            await connection.execute(_SQL["start_engines"], f"world {self._tag}")
        self._references = {row["id"]: row["reference"] for row in rows}
        self._tenant = tenant
        self._db.changed("engines", "orders", "drivers")
        return tenant

    async def tick(self, minutes: float) -> list[Event]:
        """Let `minutes` of the database's clock pass."""
        assert self._tenant is not None
        self.elapsed += minutes
        await self._place(self._source.orders(self.elapsed))
        await self._jams()
        events = await self._drive(minutes)
        self._db.changed("orders", "drivers")
        return events

    async def outcome(self) -> Outcome:
        """How the orders stand."""
        row = await self._db.fetchrow(_SQL["outcome"], self._tenant, self._tag)
        assert row is not None
        return Outcome(row["waiting"], row["under_way"], row["delivered"], row["late"], row["lost"])

    async def _place(self, orders: Sequence[NewOrder]) -> None:
        if not orders:
            return
        rows = [
            (
                one.reference,
                one.service,
                one.priority,
                *one.pickup,
                one.pickup_name,
                *one.dropoff,
                one.dropoff_name,
                one.ready,
                one.promise,
                one.weight_kg,
                one.value,
            )
            for one in orders
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await self._db.execute(_SQL["add_orders"], self._tenant, *columns, self._tag)

    async def _jams(self) -> None:
        jam = self._source.incident(self.elapsed)
        if jam is not None:
            args = (*jam.place, jam.radius, jam.severity, jam.kind, jam.words)
            await self._db.fetchval(_SQL["add_incident"], self._tenant, *args)
            self._db.changed("incidents")
        if await self._db.fetch(_SQL["end_incidents"], self._tenant, _JAM):
            self._db.changed("incidents")

    async def _drive(self, minutes: float) -> list[Event]:
        assert self._tenant is not None
        drivers = await self._db.fetch(_SQL["drivers"], self._tenant)
        todo: dict[UUID, list[Any]] = {}
        for row in await self._db.fetch(_SQL["stops"], self._tenant):
            todo.setdefault(row["driver_id"], []).append(row)
        incidents = await read_incidents(self._db, self._tenant)
        events: list[tuple[UUID, Event]] = []
        moved: list[tuple[UUID, float, float, str, bool]] = []
        for driver in drivers:
            if driver["id"] not in self._references or driver["lat"] is None:
                continue
            events += [(driver["id"], event) for event in self._one(driver, todo, minutes, incidents)]
            place, told = self._movers[driver["id"]].place, not self._silent(driver["id"])
            moved.append((driver["id"], *place, "busy" if driver["id"] in todo else "available", told))
        await self._write(moved, events)
        return [event for _, event in events]

    def _silent(self, driver: UUID) -> bool:
        return self._source.silent(self._references[driver], self.elapsed)

    def _one(
        self, driver: Any, todo: dict[UUID, list[Any]], minutes: float, incidents: Sequence[Incident]
    ) -> list[Event]:
        mover = self._movers.setdefault(driver["id"], Mover((driver["lat"], driver["lon"])))
        work = todo.get(driver["id"])
        if not work or self._silent(driver["id"]):
            return []
        tour = driver_tour(dict(driver) | {"lat": mover.place[0], "lon": mover.place[1]}, work)
        if tour is None:
            return []
        pace = Speeds(road_factor=self._road).minutes_per_km(driver["vehicle_type"], 12) / self._speed
        return advance(mover, tour, minutes, pace, _SERVICE / self._speed, incidents)

    async def _write(
        self, moved: Sequence[tuple[UUID, float, float, str, bool]], events: Sequence[tuple[UUID, Event]]
    ) -> None:
        async with self._db.transaction(ACTOR) as connection:
            if events:
                ids, drivers = [event.order for _, event in events], [driver for driver, _ in events]
                states, before = [event.status for _, event in events], [event.before for _, event in events]
                await connection.fetch(_SQL["progress"], self._tenant, ids, drivers, states, before)
            if moved:
                columns = [list(column) for column in zip(*moved, strict=True)]
                await connection.execute(_SQL["move"], self._tenant, *columns)


async def live(
    world: World,
    source: Source,
    *,
    seconds: float = 1.0,
    until: float | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] | None = None,
    told: Callable[[Outcome, float], None] | None = None,
) -> Outcome:
    """Tick until `until` minutes have passed, or the source is over and nothing open. Lost links are waited out.

    `clock` tells how long a tick really took; without one each takes `seconds`.
    """
    from console.errors import ConsoleError

    quiet, last = 0, clock() if clock else 0.0
    while until is None or world.elapsed < until:
        now = clock() if clock else last + seconds
        passed, last = now - last, now
        try:
            await world.tick(passed / 60.0)
            quiet += 1
            if quiet % max(1, round(10 / seconds)) == 0:
                outcome = await world.outcome()
                if told is not None:
                    told(outcome, world.elapsed)
                if source.over(world.elapsed) and not outcome.waiting and not outcome.under_way:
                    return outcome
        except ConsoleError as error:
            import logging

            logging.getLogger(__name__).warning("the world waits: %s", error)
        await sleep(seconds)
    return await world.outcome()
