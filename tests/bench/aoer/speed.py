"""How fast the rating learns, backtests and recomputes.

    nice python -m tests.bench.aoer.speed [--tenants 10000] [--no-database]

The recompute part starts a Postgres of its own, fills it with weekly signals of 26 weeks, and rates every tenant with
the set-based statement, once reading only and once storing summaries, history and events.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from console.aoer.backtest import walk_forward
from console.aoer.rating.learner import Learner
from tests.aoer.panels import invented, panel_of

WEEKS = 26


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def learning(tenants: int = 1000) -> float:
    """The slowest of 52 steps, in seconds."""
    x, y = invented(1, tenants, 52)
    learner, rows, sample = Learner(tenants), np.arange(tenants), np.full(tenants, 48.0)
    return max(timed(lambda w=w: learner.step(rows, 100.0 + w, x[:, w], y[:, w], sample)) for w in range(52))


def backtest() -> float:
    panel = panel_of(*invented(2, 40, 52))
    return timed(lambda: walk_forward(panel))


FILL = """
INSERT INTO aiv_raw_signals (tenant_id, date, seo, aeo, geo, ugc, geolocal, observed_aiv, sample_size)
SELECT t.id, current_date - 7 * w, 40 + 20 * random(), 40 + 20 * random(), 40 + 20 * random(), 40 + 20 * random(),
       40 + 20 * random(), 40 + 20 * random(), 48
  FROM tenants t, generate_series(0, $1::integer - 1) w
"""


async def recompute(tenants: int) -> tuple[float, float, float]:
    """Seconds to learn, to compute, and to recompute (store) all tenants."""
    from console.aoer.learn_service import learn_all
    from console.config.settings import Settings, override
    from console.domain.actor import Actor
    from console.domain.enums import Origin
    from console.store.database import Database

    with tempfile.TemporaryDirectory(prefix="aoer-bench-", dir="/var/tmp") as place:
        changes = {"embedded.data_dir": f"{place}/data", "embedded.stop": "last", "database.statement_timeout_ms": 0}
        async with Database.open(override(Settings(), changes), application="bench") as db:
            await db.execute(
                "INSERT INTO tenants (name, slug) SELECT 'T' || i, 't' || i FROM generate_series(1, $1::integer) i",
                tenants,
            )
            await db.execute(FILL, WEEKS)
            await db.execute("ANALYZE aiv_raw_signals")
            begun = time.perf_counter()
            await learn_all(db, Actor(Origin.COMMAND_LINE, "bench"))
            learnt = time.perf_counter() - begun
            await db.execute("ANALYZE aoer_model")
            ids = [row["id"] for row in await db.fetch("SELECT id FROM tenants")]
            best = [float("inf"), float("inf")]
            for _ in range(3):
                for place_of, name in enumerate(("aoer_compute", "aoer_recompute")):
                    begun = time.perf_counter()
                    count = await db.fetchval(f"SELECT count(*) FROM {name}($1)", ids)
                    best[place_of] = min(best[place_of], time.perf_counter() - begun)
                    assert count == tenants
    return learnt, best[0], best[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--no-database", action="store_true")
    args = parser.parse_args()
    rows = [("one step of 1,000 tenants (slowest of 52)", learning(), 0.5), ("backtest of 40 x 52", backtest(), 5.0)]
    if not args.no_database:
        learnt, computed, stored = asyncio.run(recompute(args.tenants))
        print(f"learning of {args.tenants} tenants x {WEEKS} weeks with storing: {learnt:.1f} s")
        rows += [("compute, set-based", computed, 2.0), ("recompute with summary, history, events", stored, 2.0)]
    for name, seconds, limit in rows:
        share = f"{seconds / limit:.2f} of {limit:g} s"
        print(f"{name:<45}{seconds:>9.3f} s  {share}  {'pass' if seconds < limit else 'FAIL'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
