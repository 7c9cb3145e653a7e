"""Every named query of the program fits the schema: a misspelt column is found here, not at 3 a.m."""

import re

import asyncpg
import pytest

from console.store import files
from console.store.queries import queries

ROOMS = sorted(path.stem for path in (files.root() / "sql" / "queries").glob("*.sql"))
ITS_OWN_TABLES = re.compile(r"\bimport_(stage|tenants)\b")
"""Temporary tables that an import makes for itself."""
SEVERAL_STATEMENTS = {("migrate", "create_ledger")}


@pytest.mark.parametrize("room", ROOMS)
async def test_every_query_can_be_prepared(owner: asyncpg.Connection, room: str) -> None:
    for name, text in queries(room).items():
        if "{" in re.sub(r"\{rows\}|'\{[^']*\}'", "", text) or (room, name) in SEVERAL_STATEMENTS:
            continue  # utility statements, which take names and cannot be prepared
        if not ITS_OWN_TABLES.search(text):
            await owner.prepare(text.replace("{rows}", "dispatch_alerts"))
