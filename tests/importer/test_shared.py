"""The sample data that people try first. Skipped where it is not at hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.domain.actor import Actor
from console.domain.enums import Origin
from console.importer.report import Result
from console.importer.request import Request
from console.importer.service import run_import
from console.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("AOER_SHARED") or ROOT.parent / "shared")
ACTOR = Actor(Origin.COMMAND_LINE)


def shared(name: str) -> Path:
    file = SHARED / name
    if not file.exists():
        pytest.skip(f"no {name}: point AOER_SHARED at the directory that has it")
    return file


def make_panel(directory: Path) -> None:
    subprocess.run([sys.executable, str(shared("tools/make_panel.py")), str(directory)], check=True)


async def load(db: Database, kind: str, file: Path, tenant: str | None = None) -> Result:
    return await run_import(db, Request(kind, str(file), tenant=tenant, future_days=36500), ACTOR)


async def test_brands_become_tenants(db: Database) -> None:
    result = await load(db, "signals", shared("data/visibility/signals.csv"))
    assert (result.inserted, result.rejected, len(result.tenants_created)) == (90, 0, 18)
    row = await db.fetchrow("SELECT count(*) AS n, count(aeo) AS aeo, count(observed_aiv) AS seen FROM aiv_raw_signals")
    assert row is not None
    assert (row["n"], row["aeo"], row["seen"]) == (90, 0, 90)


async def test_a_generated_panel(db: Database, tmp_path: Path) -> None:
    make_panel(tmp_path)
    result = await load(db, "signals", tmp_path / "signals.csv")
    assert (result.inserted, result.rejected, len(result.tenants_created)) == (40 * 52, 0, 40)


async def test_a_day_of_deliveries(db: Database) -> None:
    assert (await load(db, "drivers", shared("data/deliveries/jilin_drivers.csv"), "Jilin")).inserted == 19
    result = await load(db, "orders", shared("data/deliveries/jilin_orders.csv"), "Jilin")
    assert (result.inserted, result.rejected) == (434, 0)
    again = await load(db, "orders", shared("data/deliveries/jilin_orders.csv"), "Jilin")
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 434)
    assert await db.fetchval("SELECT count(*) FROM orders WHERE status = 'delivered' AND promised_at IS NULL") == 434
