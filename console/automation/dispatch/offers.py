"""Offer/accept mode: the three best drivers are asked one after another; then the best is told."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg

from console.automation.dispatch.round import ASKED
from console.automation.dispatch.write import Decision
from console.store.queries import queries

_SQL = queries("dispatch")
_KEPT = ("distance", "time", "load", "priority", "arrival", "delivery", "km", "alternatives", "reason")


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
        fresh: list[tuple[UUID, UUID, int, float, str]] = []
        for decision, order in zip(decisions, orders, strict=True):
            if order in open_now:
                continue
            before = asked[order]
            if len(before) >= ASKED:
                forced.append(replace(decision, kind="FORCE_ASSIGNED"))
            elif decision.driver not in {row["driver_id"] for row in before}:
                told = json.dumps({name: getattr(decision.choice, name) for name in _KEPT})
                fresh.append((order, decision.driver, len(before) + 1, decision.choice.total, told))
        await self._make(fresh)
        return forced

    async def _make(self, fresh: Sequence[tuple[UUID, UUID, int, float, str]]) -> None:
        if not fresh:
            return
        columns = [list(column) for column in zip(*fresh, strict=True)]
        made = await self._connection.fetch(_SQL["offer_make"], self._tenant, *columns, self._seconds)
        self.made = len(made)
