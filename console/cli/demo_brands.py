"""The demo's brands: the town's kitchens with invented signals that drift, rated by the real queue."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from console.domain.actor import Actor
from console.domain.enums import Origin, Priority
from console.errors import ConsoleError, PermissionDenied
from console.store.queries import queries

if TYPE_CHECKING:
    from console.store.database import Database

BRANDS: Final = (
    "Noodle House", "Curry Corner", "Pizza Nord", "Salad Works", "Burger Barn", "Sushi Quay", "Taco Stop",
)  # fmt: skip
ACTOR: Final = Actor(Origin.COMMAND_LINE, "demo world")
DAYS: Final = 35
EVERY: Final = 8.0
"""Seconds between two new readings."""
_SQL = queries("demo")
_PARTS: Final = 5


@dataclass(slots=True)
class Brand:
    """Five signals, 0 to 100, that wander around a level of their own."""

    tenant: UUID
    level: list[float]
    signals: list[float]

    def drift(self, dice: random.Random, stride: float) -> list[float]:
        """The next reading."""
        for i, (level, now) in enumerate(zip(self.level, self.signals, strict=True)):
            self.signals[i] = min(100.0, max(0.0, now + 0.08 * (level - now) + dice.gauss(0, stride)))
        return list(self.signals)


class Ratings:
    """Keeps the brands' signals moving and asks the queue for ratings. Same seed, same brands."""

    def __init__(self, db: "Database", seed: int, town: str) -> None:
        self._db, self._town = db, town
        self._dice = random.Random(seed)
        self.brands: list[Brand] = []

    async def begin(self, town: UUID) -> None:
        """Tenants, five weeks of readings, and a rating of each; the town itself has none, and its rating says so."""
        from console.queue.service import enqueue

        rows = await self._db.fetch(_SQL["brands"], list(BRANDS))
        with contextlib.suppress(
            PermissionDenied
        ):  # the label needs an administrator; the terminal's header has its own
            async with self._db.transaction(ACTOR) as connection:
                await connection.execute(_SQL["label"], [self._town, *BRANDS])
        readings: list[tuple[UUID, int, list[float]]] = []
        for row in rows:
            middle = self._dice.uniform(30, 85)
            level = [min(98.0, max(4.0, self._dice.gauss(middle, 12))) for _ in range(_PARTS)]
            brand = Brand(row["id"], level, list(level))
            readings += [(brand.tenant, ago, brand.drift(self._dice, 2.5)) for ago in range(DAYS, -1, -1)]
            self.brands.append(brand)
        await self._write(readings)
        await enqueue(self._db, ACTOR, [town], priority=Priority.MEDIUM)

    async def step(self) -> None:
        """One brand has a new reading today."""
        brand = self._dice.choice(self.brands)
        # A day's drift at once: whoever watches should see ratings move.
        await self._write([(brand.tenant, 0, brand.drift(self._dice, 4.0))])

    async def _write(self, readings: Sequence[tuple[UUID, int, list[float]]]) -> None:
        from console.queue.service import enqueue

        tenants, ages = [tenant for tenant, _, _ in readings], [ago for _, ago, _ in readings]
        parts = [[signals[i] for _, _, signals in readings] for i in range(_PARTS)]
        await self._db.execute(_SQL["signals"], tenants, ages, *parts)
        await enqueue(self._db, ACTOR, list(dict.fromkeys(tenants)), priority=Priority.MEDIUM)

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """For ever. Lost links are waited out."""
        import logging

        while True:
            await sleep(EVERY)
            try:
                await self.step()
            except ConsoleError as error:
                logging.getLogger(__name__).warning("the brands wait: %s", error)
