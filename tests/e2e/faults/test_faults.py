"""Nothing is lost and nothing is done twice, whatever dies: real processes, a real server, accounts that balance."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from console.store.embedded.layout import find
from console.store.embedded.process import read_pid_file
from tests.e2e.faults.conftest import lasting
from tests.e2e.faults.fleet import ROLE, WAVE, Fleet, Load, Server, answers, balance, eventually, settle
from tests.e2e.faults.proxy import Proxy

pytestmark = pytest.mark.e2e
Report = Callable[[str, dict[str, int]], None]


@pytest.fixture
def report(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Report:
    """Keeps the counts of a fault; AOER_FAULTS_REPORT names a file to add them to."""

    def keep(what: str, counts: dict[str, int]) -> None:
        record_property(what, counts)
        path = os.environ.get("AOER_FAULTS_REPORT")
        if path:
            with open(path, "a") as out:  # noqa: PTH123
                out.write(f"{request.node.name}: {what}: {counts}\n")

    return keep


async def working(server: Server) -> None:
    """Wait until somebody completes jobs."""
    await answers(server, lambda c: c.fetchval("SELECT count(*) FROM aoer_queue WHERE status = 'completed'"))


async def begin(server: Server, fleet: Fleet, workers: int, dsn: str | None = None) -> Load:
    """So many workers, at work."""
    for _ in range(workers):
        fleet.start("--dsn", dsn or server.dsn(ROLE))
    load = Load(server)
    await load.wave()
    await working(server)
    return load


async def test_kill_9_of_random_workers(fault_server: Server, fleet: Fleet, report: Report) -> None:
    load = await begin(fault_server, fleet, 3)
    chance, kills = random.Random(4), 0
    loading = asyncio.ensure_future(load.during(lasting(4, 60)))
    while not loading.done():
        await asyncio.sleep(chance.uniform(0.2, 0.6))
        fleet.kill(chance.choice(fleet.processes))
        fleet.start("--dsn", fault_server.dsn(ROLE))
        kills += 1
    await settle(fault_server)
    report(f"{kills} kills", await balance(fault_server))
    assert await asyncio.to_thread(fleet.stop) == [0, 0, 0]


async def test_a_worker_stopped_past_its_lease_wakes_up_to_nothing(
    fault_server: Server, fleet: Fleet, report: Report
) -> None:
    load = await begin(fault_server, fleet, 2)
    for turn in range(int(lasting(1, 8))):
        loading = asyncio.ensure_future(load.during(4, every=0.03))
        await asyncio.sleep(0.5)
        asleep = fleet.processes[turn % 2]
        asleep.send_signal(signal.SIGSTOP)
        await loading
        asleep.send_signal(signal.SIGCONT)
        await load.during(0.5)
    await settle(fault_server)
    report("stopped past the lease", await balance(fault_server))


async def test_the_server_crashes_under_load(fault_server: Server, fleet: Fleet, report: Report) -> None:
    load = await begin(fault_server, fleet, 2)
    crashes = int(lasting(1, 10))
    loading = asyncio.ensure_future(load.during(2.5 * crashes))
    for _ in range(crashes):
        await asyncio.sleep(0.7)
        await asyncio.to_thread(fault_server.crash)
        await asyncio.to_thread(fault_server.start)
    await loading
    await settle(fault_server)
    report(f"{crashes} immediate restarts", await balance(fault_server))
    assert await asyncio.to_thread(fleet.stop) == [0, 0]


async def test_a_storm_of_terminated_backends(fault_server: Server, fleet: Fleet, report: Report) -> None:
    load = await begin(fault_server, fleet, 2)
    loading = asyncio.ensure_future(load.during(lasting(3, 30)))
    storm = await asyncpg.connect(fault_server.dsn())
    cut = 0
    while not loading.done():
        cut += await storm.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name LIKE 'aoer-console/%' AND random() < 0.5"
        )
        await asyncio.sleep(0.1)
    await storm.close()
    await settle(fault_server)
    assert cut > 10
    report(f"{cut} sessions terminated", await balance(fault_server))


async def test_connections_that_go_half_open(fault_server: Server, fleet: Fleet, report: Report) -> None:
    async with Proxy(f"{fault_server.host}/.s.PGSQL.5432").listening() as proxy:
        through = f"postgresql://{ROLE}@127.0.0.1:{proxy.port}/{fault_server.database}?sslmode=disable"
        load = await begin(fault_server, fleet, 1, through)
        for _ in range(int(lasting(1, 4))):
            loading = asyncio.ensure_future(load.during(1.0, every=0.02))
            await asyncio.sleep(0.3)
            assert proxy.swallow() >= 2  # the pool's and the listener's
            await loading
            await settle(fault_server)
        report(f"{proxy.swallowed} connections swallowed", await balance(fault_server))
        assert await asyncio.to_thread(fleet.stop) == [0]


@pytest.mark.parametrize("kind", ["disk full", "read only"])
async def test_a_server_that_cannot_write_costs_no_attempts(
    fault_server: Server, fleet: Fleet, report: Report, kind: str
) -> None:
    load = await begin(fault_server, fleet, 1)
    await settle(fault_server)
    owner = await asyncpg.connect(fault_server.dsn())
    if kind == "disk full":
        await owner.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON aoer_history EXECUTE FUNCTION full_disk()"
        )
    else:
        await owner.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await owner.execute("SELECT pg_reload_conf()")
        await owner.execute("SET default_transaction_read_only = off")
    await owner.execute(WAVE)
    await asyncio.sleep(lasting(1.5, 6))
    assert await owner.fetchval("SELECT count(*) FROM aoer_failures") == 0
    if kind == "disk full":
        await owner.execute("DROP TRIGGER full_disk ON aoer_history")
    else:
        await owner.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await owner.execute("SELECT pg_reload_conf()")
    await owner.close()
    await load.wave()
    await settle(fault_server)
    counts = await balance(fault_server)
    report(kind, counts)
    assert counts["completed"] == counts["enqueued"]


async def test_a_session_idle_in_a_transaction_holds_up_only_its_own_rows(
    fault_server: Server, fleet: Fleet, report: Report
) -> None:
    load = await begin(fault_server, fleet, 1)
    await settle(fault_server)
    idler = await asyncpg.connect(fault_server.dsn())
    transaction = idler.transaction()
    await transaction.start()
    held = await idler.fetchval("SELECT tenant_id FROM aoer_summary ORDER BY tenant_id LIMIT 1 FOR UPDATE")
    await load.during(lasting(1.5, 20))
    free = "SELECT count(*) = 0 FROM aoer_queue WHERE status IN ('queued', 'running') AND tenant_id <> $1"
    await answers(fault_server, lambda c: c.fetchval(free, held))
    await transaction.rollback()
    await idler.close()
    await settle(fault_server)
    report("idle in transaction", await balance(fault_server))


async def test_clocks_that_jump(fault_server: Server, fleet: Fleet, report: Report, tmp_path: Path) -> None:
    """Two machines, one far ahead and one far behind, and back again: the database's clock decides what is due."""
    clocks = [tmp_path / "ahead", tmp_path / "behind"]
    cron = {"AOER_SCHEDULER_RECOMPUTE_CRON": "* * * * *", "AOER_SCHEDULER_JITTER_SECONDS": "0"}
    for clock in clocks:
        clock.write_text("0")
        module = "tests.e2e.faults.jumpy"
        fleet.start("--dsn", fault_server.dsn(ROLE), module=module, AOER_JUMP=str(clock), **cron)
    load = Load(fault_server)
    await load.wave()
    await working(fault_server)
    for ahead, behind in [(7200, -10800), (0, 0), (-86400, 86400), (0, 0)][: int(lasting(2, 4))]:
        clocks[0].write_text(str(ahead))
        clocks[1].write_text(str(behind))
        await load.during(lasting(1.2, 20))
    await answers(fault_server, lambda c: c.fetchval(_ALIVE))
    await settle(fault_server)
    counts = await balance(fault_server)
    report("clocks that jump", counts)
    assert counts["lost attempts"] == 0  # nobody was taken for dead
    owner = await asyncpg.connect(fault_server.dsn())
    assert await owner.fetchval("SELECT count(*) FROM cycle_runs WHERE tick > started_at + interval '5 seconds'") == 0
    # Planned by the true time again, not by a day that never was.
    far = "SELECT count(*) FROM cycle_state WHERE cycle = 'recompute' AND next_run_at > now() + interval '65 seconds'"
    await answers(fault_server, lambda c: c.fetchval(f"SELECT ({far}) = 0"))
    await owner.close()
    assert await asyncio.to_thread(fleet.stop) == [0, 0]


_ALIVE = """
SELECT count(*) = 2 FROM queue_workers
 WHERE role = 'scheduler' AND state = 'active' AND heartbeat_at BETWEEN now() - interval '2 seconds' AND now()
"""


async def test_the_embedded_server_killed_with_9_comes_back_by_itself(
    fault_server: Server, fleet: Fleet, report: Report
) -> None:
    fleet.start("--data-dir", str(fault_server.directory))
    await eventually(lambda: asyncio.sleep(0, b"worker active" in (fleet.logs / "worker-1.log").read_bytes()))
    for _ in range(int(lasting(1, 5))):
        file = read_pid_file(find(fault_server.settings))
        assert file is not None
        os.kill(file.pid, signal.SIGKILL)
        await eventually(partial(_serves_again, fault_server, file.pid))
    assert fleet.processes[0].poll() is None
    assert await asyncio.to_thread(fleet.stop) == [0]
    report("embedded server killed", {})


async def _serves_again(server: Server, killed: int) -> bool:
    file = read_pid_file(find(server.settings))
    if file is None or file.pid == killed:
        return False
    try:
        connection = await asyncpg.connect(server.dsn(database="postgres"), timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True
