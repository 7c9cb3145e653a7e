import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from console.errors import DatabaseUnavailable
from console.store.database import Database
from console.store.listen import POOLED, Listener
from console.store.notify import CHANNEL, Notifier
from tests.waiting import until


class Heard:
    """What a listener told, and a clock that a test moves."""

    def __init__(self, db: Any) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.gaps = 0
        self.beat = asyncio.Event()
        self.listener = Listener(db, [CHANNEL], self._payload, self._gap, heartbeat=5.0, sleep=self._sleep)

    def _payload(self, channel: str, payload: dict[str, Any]) -> None:
        assert channel == CHANNEL
        self.payloads.append(payload)

    def _gap(self) -> None:
        self.gaps += 1

    async def _sleep(self, seconds: float) -> None:
        """The heartbeat waits for the test; pauses between attempts are over at once."""
        if seconds == 5.0:
            await self.beat.wait()
            self.beat.clear()

    async def kinds(self, expected: set[str]) -> None:
        async def arrived() -> bool:
            return {kind for payload in self.payloads for kind in payload["k"]} >= expected

        await until(arrived)

    async def gap_number(self, number: int) -> None:
        async def counted() -> bool:
            return self.gaps >= number

        await until(counted)


@pytest.fixture
async def heard(db: Database) -> AsyncIterator[Heard]:
    found = Heard(db)
    await found.listener.start()
    await asyncio.wait_for(found.listener.wait_hearing(), 30)
    yield found
    await found.listener.stop()


async def test_what_changed_arrives_and_the_first_listen_counts_as_a_gap(heard: Heard, db: Database) -> None:
    assert heard.gaps == 1
    assert heard.listener.hears
    db.changed("queue", "alerts")
    await heard.kinds({"queue", "alerts"})
    assert heard.payloads == [{"k": ["alerts", "queue"]}]


@pytest.mark.parametrize("payload", ["", "not json", "[1]"])
def test_any_noise_on_the_channel_means_that_something_changed(payload: str, db: Database) -> None:
    found = Heard(db)
    found.listener._heard(None, 0, CHANNEL, payload)
    assert found.payloads == [{"k": ["*"]}]


async def test_an_ended_connection_is_replaced_and_the_gap_told(heard: Heard, db: Database, owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aoer-console/test/listen'"
    await owner.execute(end)
    await heard.gap_number(2)
    db.changed("queue")
    await heard.kinds({"queue"})
    await owner.close()


async def test_a_connection_that_forgot_its_channel_is_found_by_the_heartbeat(db: Database) -> None:
    connections: list[asyncpg.Connection] = []

    class Recording:
        lost = db.lost

        async def connect(self, purpose: str) -> asyncpg.Connection:
            connections.append(await db.connect(purpose))
            return connections[-1]

    found = Heard(Recording())
    await found.listener.start()
    await asyncio.wait_for(found.listener.wait_hearing(), 30)
    await connections[0].execute("UNLISTEN *")
    found.beat.set()
    await found.gap_number(2)
    await asyncio.wait_for(found.listener.wait_hearing(), 30)
    found.beat.set()  # now all is well: the connection stays
    await db.execute("SELECT pg_notify('aoer', '{\"k\": [\"queue\"]}')")
    await found.kinds({"queue"})
    assert len(connections) == 2
    await found.listener.stop()


class Pooler:
    """Connections whose server process is the pooler's choice; `pids` are the choices, in the order of the queries."""

    def __init__(self, *pids: int) -> None:
        self.pids = list(pids)
        self.lost_errors: list[Exception] = []

    async def connect(self, purpose: str) -> Any:
        pooler = self

        class Connection:
            def get_server_pid(self) -> int:
                return 99  # made up by the pooler

            async def fetchrow(self, sql: str, timeout: float | None = None) -> dict[str, Any]:
                return {"pid": pooler.pids.pop(0), "channels": [CHANNEL]}

            def terminate(self) -> None:
                pass

            def add_termination_listener(self, callback: object) -> None:
                pass

            async def add_listener(self, channel: str, callback: object) -> None:
                pass

        return Connection()

    def lost(self, error: Exception) -> None:
        self.lost_errors.append(error)


@pytest.mark.parametrize(
    ("pids", "pooled"),
    [((1, 2), True), ((1, 1, 1), True), ((1, 1, 2), False), ((99,), False)],
    ids=["moved between transactions", "lent to another client", "kept for us (session pooling)", "no pooler"],
)
async def test_a_transaction_pooler_is_found_out(pids: tuple[int, ...], pooled: bool) -> None:
    found = Heard(Pooler(*pids))
    await found.listener.start()

    async def decided() -> bool:
        return bool(found.listener.problem) or found.listener.hears

    await until(decided)
    assert found.listener.problem == (POOLED if pooled else "")
    assert found.listener.hears is not pooled
    await found.listener.stop()


async def test_a_server_that_is_gone_is_reported_and_tried_again() -> None:
    class Gone(Pooler):
        attempts = 0

        async def connect(self, purpose: str) -> Any:
            self.attempts += 1
            if self.attempts < 3:
                raise DatabaseUnavailable("gone")
            return await super().connect(purpose)

    gone = Gone(99)
    found = Heard(gone)
    await found.listener.start()
    await asyncio.wait_for(found.listener.wait_hearing(), 30)
    assert len(gone.lost_errors) == 2
    await found.listener.stop()


async def test_a_connection_that_the_driver_lost_track_of_is_replaced() -> None:
    connections: list[Any] = []

    class Muddled(Pooler):
        async def connect(self, purpose: str) -> Any:
            connections.append(await super().connect(purpose))
            return connections[-1]

    async def muddle(*_: Any, **__: Any) -> Any:
        raise asyncpg.InternalClientError("out of step")

    found = Heard(Muddled(99, 99))
    await found.listener.start()
    await asyncio.wait_for(found.listener.wait_hearing(), 30)
    connections[0].fetchrow = muddle
    found.beat.set()
    await found.gap_number(2)
    await found.listener.stop()


async def test_marks_are_sent_together_outside_of_anybodys_transaction(heard: Heard, db: Database) -> None:
    gate = asyncio.Event()

    async def sleep(_seconds: float) -> None:
        await gate.wait()

    notifier = Notifier(db, sleep=sleep)
    for number in range(500):
        notifier.mark("queue" if number % 2 else "summary")
    gate.set()
    await heard.kinds({"queue", "summary"})
    await until(lambda: asyncio.sleep(0, notifier.sent))  # it may be heard before the sender knows that it was sent
    assert (notifier.sent, len(heard.payloads)) == (1, 1)
    await notifier.close()


async def test_marks_are_bounded(heard: Heard, db: Database) -> None:
    notifier = Notifier(db, limit=10)
    notifier.mark(*(f"kind {number}" for number in range(11)))
    await heard.kinds({"*"})
    assert heard.payloads == [{"k": ["*"]}]
    await notifier.close()


async def test_what_could_not_be_sent_is_sent_later(heard: Heard, db: Database) -> None:
    class Flaky:
        attempts = 0

        async def connect(self, purpose: str) -> asyncpg.Connection:
            self.attempts += 1
            if self.attempts == 1:
                raise DatabaseUnavailable("gone")
            return await db.connect(purpose)

    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    notifier = Notifier(Flaky(), sleep=sleep)
    notifier.mark("queue")
    await heard.kinds({"queue"})
    await notifier.close()


async def test_closing_sends_what_is_marked(heard: Heard, db: Database) -> None:
    async def for_ever(_seconds: float) -> None:
        await asyncio.Event().wait()

    notifier = Notifier(db, sleep=for_ever)
    notifier.mark("queue")
    await notifier.close()
    await heard.kinds({"queue"})
