"""Offer/accept mode: the three best drivers are asked one after another; then the best is told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.dispatch.read import Waiting
from console.automation.dispatch.write import Decision
from console.store.queries import queries

_SQL = queries("dispatch")
ASKED = 3


async def avoid_asked(db: Any, tenant: UUID, waiting: list[Waiting]) -> list[Waiting]:
    """Keep drivers who said no, or nothing, from being asked again; after the third the best may be told."""
    asked: dict[UUID, set[str]] = defaultdict(set)
    orders = [one.members[0][0] for one in waiting]
    for row in await db.fetch(_SQL["offer_history"], tenant, orders):
        asked[row["order_id"]].add(str(row["driver_id"]))
    changed: list[Waiting] = []
    for one, order in zip(waiting, orders, strict=True):
        avoid = asked[order] if len(asked[order]) < ASKED else set()
        changed.append(replace(one, task=replace(one.task, avoid=frozenset(avoid))) if avoid else one)
    return changed


class Offers:
    """Turns decisions into offers, and unanswered offers into orders to obey."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID, seconds: float) -> None:
        self._connection, self._tenant, self._seconds = connection, tenant, seconds
        self.made = 0

    async def settle(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Expire old offers, make new ones; returns what is assigned without asking (all three declined or silent)."""
        await self._connection.fetch(_SQL["offer_expire"], self._tenant)
        open_now = {row["order_id"] for row in await self._connection.fetch(_SQL["offer_open"], self._tenant)}
        orders = [d.waiting.members[0][0] for d in decisions]
        asked: dict[UUID, list[Any]] = defaultdict(list)
        for row in await self._connection.fetch(_SQL["offer_history"], self._tenant, orders):
            asked[row["order_id"]].append(row)
        forced: list[Decision] = []
        fresh: list[tuple[UUID, UUID, int, float]] = []
        for decision, order in zip(decisions, orders, strict=True):
            if order in open_now:
                continue
            before = asked[order]
            if len(before) >= ASKED:
                forced.append(replace(decision, kind="FORCE_ASSIGNED"))
            elif decision.driver not in {row["driver_id"] for row in before}:
                fresh.append((order, decision.driver, len(before) + 1, decision.choice.total))
        await self._make(fresh)
        return forced

    async def _make(self, fresh: Sequence[tuple[UUID, UUID, int, float]]) -> None:
        if not fresh:
            return
        columns = [list(column) for column in zip(*fresh, strict=True)]
        made = await self._connection.fetch(_SQL["offer_make"], self._tenant, *columns, self._seconds)
        self.made = len(made)
