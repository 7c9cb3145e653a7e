"""Buckets are exact under a race, refill by the database's clock, and rules take all or nothing."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.actor import Actor
from console.domain.enums import Origin
from console.errors import RateLimited, UsageError
from console.governance.limits import Rule, put_rule, take
from console.store.database import Database
from tests.conftest import Server

ACTOR = Actor(Origin.COMMAND_LINE)


async def test_a_race_for_a_bucket_gets_exactly_what_is_in_it(db: Database, dsn: str) -> None:
    await db.execute("UPDATE rate_limit_rules SET enabled = false")
    await put_rule(db, ACTOR, Rule("race", "action", limit=100, window=86400))

    async def taker() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            return sum([await connection.fetchval("SELECT allowed FROM check_rate_limit('race')") for _ in range(63)])
        finally:
            await connection.close()

    got = await asyncio.gather(*(taker() for _ in range(16)))
    assert sum(got) == 100


async def test_take_says_how_long_to_wait_and_counts_violations(db: Database) -> None:
    await put_rule(db, ACTOR, Rule("few", "user", limit=2, window=600, action="export"))
    await take(db, "export")
    await take(db, "export")
    with pytest.raises(RateLimited, match="rule few") as caught:
        await take(db, "export")
    assert 290 < caught.value.retry_after <= 300
    with pytest.raises(RateLimited):
        await take(db, "export")
    await take(db, "something else")
    assert await db.fetchval("SELECT sum(count) FROM rate_limit_violations WHERE rule = 'few'") == 2


async def test_a_refusal_by_one_rule_takes_nothing_from_the_others(db: Database) -> None:
    await put_rule(db, ACTOR, Rule("a.wide", "global", limit=10, window=86400))
    await put_rule(db, ACTOR, Rule("b.narrow", "tenant", limit=1, window=86400))
    for _ in range(4):
        try:
            await take(db, "x", keys={"tenant": "one"})
        except RateLimited as error:
            assert "b.narrow" in str(error)
    left = await db.fetchval("SELECT remaining FROM check_rate_limit('x', '{}', 1)")
    assert 7.99 < left < 8.01, "one for the tenant, one for this call: refused ones were given back"


async def test_disabled_rules_do_not_count_and_bad_ones_are_refused(db: Database) -> None:
    await put_rule(db, ACTOR, Rule("off", "global", limit=1, window=60, enabled=False))
    await take(db, "x")
    await take(db, "x")
    with pytest.raises(UsageError):
        await put_rule(db, ACTOR, Rule("bad", "global", limit=0, window=60))
    with pytest.raises(UsageError):
        await put_rule(db, ACTOR, Rule("bad", "planet", limit=1, window=60))


Walk = Callable[[str, int, int, int, list[float]], list[float]]
BOUNDS: dict[str, Callable[[int, int], int]] = {
    "token_bucket": lambda limit, burst: 2 * limit + burst,
    "leaky_bucket": lambda limit, burst: limit + burst + 1,
}
STEP = """
SELECT s.* FROM rate_limit_step($1, $2, $3, $4, 1, to_timestamp($5), $6, $7, to_timestamp($8)) s
"""


@pytest.fixture(scope="module")
def walk(server: Server, template: str) -> Walk:
    """walk(strategy, limit, window, burst, moments) -> allowed moments, by the function itself at given times."""

    def run(strategy: str, limit: int, window: int, burst: int, moments: list[float]) -> list[float]:
        return server.run(_walk(server.dsn(template), strategy, limit, window, burst, moments))

    return run


async def _walk(dsn: str, strategy: str, limit: int, window: int, burst: int, moments: list[float]) -> list[float]:
    connection = await asyncpg.connect(dsn)
    try:
        level, previous, since = (float(limit + burst) if strategy == "token_bucket" else 0.0), 0.0, moments[0]
        allowed = []
        for moment in moments:
            row = await connection.fetchrow(STEP, strategy, limit, window, burst, moment, level, previous, since)
            level, previous, since = row["level"], row["previous"], row["since"].timestamp()
            if row["allowed"]:
                allowed.append(moment)
            else:
                assert row["retry_after"] > 0
        return allowed
    finally:
        await connection.close()


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from(["token_bucket", "sliding_window", "fixed_window", "leaky_bucket"]),
    st.integers(1, 6),
    st.integers(1, 20),
    st.integers(0, 4),
    st.lists(st.floats(0, 60, allow_nan=False).map(lambda x: round(x, 3)), min_size=1, max_size=40).map(sorted),
)
def test_no_strategy_exceeds_its_bound(
    walk: Walk, strategy: str, limit: int, window: int, burst: int, moments: list[float]
) -> None:
    allowed = walk(strategy, limit, window, burst, moments)
    for start in allowed:
        inside = sum(start <= moment < start + window for moment in allowed)
        bound = {"token_bucket": 2 * limit + burst, "leaky_bucket": limit + burst + 1}.get(
            strategy, 2 * (limit + burst)
        )
        assert inside <= bound + 1e-9
    assert allowed[:1] == moments[:1], "the first request is always served"
