"""Classifying queries that came without an intent, and the review list of those the classifier was not sure of."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from console.aoer.intent_rules import LABELS, Names
from console.aoer.tenant import Tenant
from console.config.settings import Settings
from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import NotFound, UsageError
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")
BATCH = 1000
_START = (UUID(int=0), "", date.min)


async def run(db: Database, settings: Settings, tick: datetime) -> Mapping[str, Any]:
    """The cycle: classify what came in without an intent."""
    del settings, tick
    return await classify_all(db, Actor(Origin.SCHEDULER, "intents of new queries"))


async def classify_all(db: Database, actor: Actor, tenant: Tenant | None = None) -> dict[str, int]:
    """Classify every query without an intent, of one tenant or all. Stated intents are never touched."""
    after: tuple[UUID, str, date] = _START
    done = {"classified": 0, "review": 0}
    while True:
        rows = await db.fetch(_SQL["unclassified"], tenant.id if tenant else None, *after, BATCH)
        if not rows:
            return done
        last = rows[-1]
        after = (last["tenant_id"], last["query"], last["week_start"])
        found = await asyncio.to_thread(_classify, rows)
        async with db.transaction(actor) as connection:
            await connection.execute(
                _SQL["store_intents"],
                [row["tenant_id"] for row in rows],
                [row["query"] for row in rows],
                [row["week_start"] for row in rows],
                [one.label for one in found],
                ["review" if one.review else "classified" for one in found],
                [one.confidence for one in found],
                [one.guess for one in found],
            )
        review = sum(one.review for one in found)
        done["review"] += review
        done["classified"] += len(found) - review


def _classify(rows: list[Any]) -> list[Any]:
    from console.aoer.intent import shipped_model

    names = [Names(tuple(row["brand_terms"]), tuple(row["domains"])) for row in rows]
    return shipped_model().classify([row["query"] for row in rows], names)


async def review_list(db: Database, tenant: Tenant, limit: int) -> list[Any]:
    """Queries that wait for a person, largest volume first."""
    return await db.fetch(_SQL["review_list"], tenant.id, limit)


async def state_intent(db: Database, actor: Actor, tenant: Tenant, query: str, intent: str) -> int:
    """A person's word on a query, in every week where none was stated. Returns the rows changed."""
    if intent not in LABELS:
        raise UsageError(f"unknown intent {intent!r}", hint=f"one of: {', '.join(LABELS)}")
    async with db.transaction(actor) as connection:
        changed = int((await connection.execute(_SQL["state_intent"], tenant.id, query, intent)).rpartition(" ")[2])
        if not changed:
            raise NotFound(f"{tenant.name} has no query {query!r} without a stated intent")
        after = {"query": query, "intent": intent, "rows": changed}
        await connection.execute(_SQL["audit"], tenant.id, "aoer.state_intent", "query", query, None, after, "done")
    return changed
