"""A real Postgres for every test that asks for one: one server a session, one database a test.

server      the session's server: embedded (AOER_TEST_PG=15 chooses its major version), or the one whose superuser
            DSN is in AOER_TEST_DSN
dsn         a fresh migrated database, as the console's own login role
owner_dsn   the same database, as superuser
db          the same database, as a `Database`
login       login("name", "aoer_viewer", ...) -> DSN of a new login role in the same database
empty_dsn   superuser DSN of a fresh database without any schema
"""

import asyncio
import concurrent.futures
import contextlib
import os
import shutil
import signal
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

from console.config.settings import Settings, override
from console.store.database import Database
from console.store.embedded import Running, ensure_running
from console.store.migrate import migrate
from console.store.quote import ident, literal
from console.store.target import Target

T = TypeVar("T")
CONSOLE_ROLE = "op_test"
_PASSWORD = "not-a-secret-" + uuid.uuid4().hex[:8]
_PLENTY = 3 * 2**30
"""Bytes; a session leaves about one of these three in its write-ahead log."""

# A shell gives what it runs in the background deaf ears for Ctrl+C, and every process started from there inherits them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Server:
    """A superuser's connection to one server, on an event loop of its own: usable from sync and async tests alike."""

    def __init__(self, admin: Target) -> None:
        self.admin = admin
        self.roles: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test server", daemon=True)
        self._thread.start()
        self._spare: concurrent.futures.Future[str] | None = None
        self._second: Any = None
        self._turn = asyncio.Lock()
        self._connection: Any = self.run(asyncpg.connect(**admin.arguments()))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=120)

    def execute(self, sql: str, *args: Any) -> str:
        return str(self.run(self._connection.execute(sql, *args)))

    def fetchval(self, sql: str, *args: Any) -> Any:
        return self.run(self._connection.fetchval(sql, *args))

    def dsn(self, database: str, role: str | None = None) -> str:
        """For `role` (default: the superuser)."""
        if self.admin.dsn is None:
            user = role or self.admin.user
            return f"postgresql://{user}@/{database}?host={self.admin.host}&port={self.admin.port}"
        from urllib.parse import urlsplit

        parts = urlsplit(self.admin.dsn)
        hosts = parts.netloc.rpartition("@")[2]
        login = parts.netloc.rpartition("@")[0] if role is None else f"{role}:{_PASSWORD}"
        return parts._replace(netloc=f"{login}@{hosts}" if login else hosts, path=f"/{database}").geturl()

    def create_login(self, name: str, *groups: str) -> None:
        if not self.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", name):
            self.execute(f"CREATE ROLE {ident(name)} LOGIN PASSWORD {literal(_PASSWORD)}")
            self.roles.append(name)
        for group in groups:
            self.execute(f"GRANT {ident(group)} TO {ident(name)}")

    def create_database(self, template: str = "template0", name: str | None = None) -> str:
        name = name or f"t_{uuid.uuid4().hex[:16]}"
        self.execute(f"CREATE DATABASE {ident(name)} TEMPLATE {ident(template)} ENCODING 'UTF8' STRATEGY file_copy")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {ident(name)} WITH (FORCE)")

    def copy_of(self, template: str) -> str:
        """A copy of `template`, made while the test before was running; the next one is begun."""
        name = self._spare.result(timeout=120) if self._spare else self.create_database(template)
        self._spare = asyncio.run_coroutine_threadsafe(self._copy(template), self._loop)
        return name

    def discard(self, name: str) -> None:
        """Drop a copy, without waiting for it."""
        asyncio.run_coroutine_threadsafe(
            self._beside(f"DROP DATABASE IF EXISTS {ident(name)} WITH (FORCE)"), self._loop
        )

    def stop_copying(self) -> None:
        if self._spare is not None:
            self.discard(self._spare.result(timeout=120))
            self._spare = None

    async def _copy(self, template: str) -> str:
        name = f"t_{uuid.uuid4().hex[:16]}"
        await self._beside(f"CREATE DATABASE {ident(name)} TEMPLATE {ident(template)} STRATEGY file_copy")
        return name

    async def _beside(self, sql: str) -> None:
        async with self._turn:
            if self._second is None:
                self._second = await asyncpg.connect(**self.admin.arguments())
            await self._second.execute(sql)

    async def _finish(self) -> None:
        async with self._turn:
            for connection in (self._second, self._connection):
                if connection is not None:
                    await connection.close()

    def close(self) -> None:
        for role in self.roles:
            with contextlib.suppress(asyncpg.DependentObjectsStillExistError):
                self.execute(f"DROP ROLE IF EXISTS {ident(role)}")
        self.run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The session's server."""
    outside = os.environ.get("AOER_TEST_DSN")
    running: Running | None = None
    directory = Path(tempfile.mkdtemp(prefix="aoer-test-", dir=_place()))
    directory.chmod(0o755)
    if outside:
        found = Server(Target(dsn=outside))
    else:
        running = _start(directory)
        found = Server(Target(host=running.target.host, user="postgres", database="postgres"))
    try:
        found.create_login(CONSOLE_ROLE)
        yield found
    finally:
        found.close()
        if running is not None:
            running.release()
        shutil.rmtree(directory, ignore_errors=True)


def _place() -> str | None:
    """Where the server's files go: into memory where there is plenty, as a database is a thousand small files to copy,
    which takes a tenth of the time there. Never below pytest's own directory: as root that is closed to the server.
    """
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _PLENTY:
        return str(memory)
    return "/var/tmp" if Path("/var/tmp").is_dir() else None


def _start(directory: Path) -> Running:
    """An embedded server that does not wait for the disk and trusts whoever gets into its private directory."""
    conf = directory / "conf"
    conf.mkdir(mode=0o755)
    hba = conf / "test_hba.conf"
    hba.write_text("local all all trust\n")
    quick = ["fsync = off", "synchronous_commit = off", "full_page_writes = off", f"hba_file = '{hba}'"]
    (conf / "local.conf").write_text("\n".join(quick) + "\n")
    version = os.environ.get("AOER_TEST_PG", "auto")
    settings = override(Settings(), {"embedded.data_dir": str(directory), "embedded.version": version})
    return ensure_running(settings)


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """Name of a migrated database that nobody connects to; copy it with `server.create_database(template)`."""
    name = server.create_database()

    async def fill() -> None:
        connection = await asyncpg.connect(server.dsn(name))
        try:
            await migrate(connection)
        finally:
            await connection.close()

    server.run(fill())
    for group in ("aoer_admin", "aoer_worker"):
        if server.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", group):
            server.create_login(CONSOLE_ROLE, group)
    yield name
    server.stop_copying()
    server.drop_database(name)


@pytest.fixture
def database_name(server: Server, template: str) -> Iterator[str]:
    """A fresh migrated database, dropped afterwards."""
    name = server.copy_of(template)
    yield name
    server.discard(name)


@pytest.fixture
def empty_dsn(server: Server) -> Iterator[str]:
    """Superuser DSN of a fresh database without any schema."""
    name = server.create_database()
    yield server.dsn(name)
    server.drop_database(name)


@pytest.fixture
def dsn(server: Server, database_name: str) -> str:
    """A fresh migrated database, as the console's login role (admin access, no superuser)."""
    return server.dsn(database_name, CONSOLE_ROLE)


@pytest.fixture
def owner_dsn(server: Server, database_name: str) -> str:
    """The test's database, as superuser."""
    return server.dsn(database_name)


@pytest.fixture
def settings(dsn: str) -> Settings:
    """Defaults, pointing at the test's database."""
    return override(Settings(), {"database.dsn": dsn})


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    """The test's database, as the console's login role."""
    async with Database.open(settings, application="test") as opened:
        yield opened


@pytest.fixture
def login(server: Server, database_name: str) -> Callable[..., str]:
    """login("name", "aoer_viewer", ...) -> DSN of a login role of this session, member of these roles."""

    def make(name: str, *groups: str) -> str:
        server.create_login(name, *groups)
        return server.dsn(database_name, name)

    return make
