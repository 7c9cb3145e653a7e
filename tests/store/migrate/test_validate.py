from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from console.store.migrate import Validation, migrate, validate
from console.store.migrate.catalogue import Catalogue, Change, carry, compare
from tests.conftest import Server
from tests.store.migrate.conftest import Write, write_files

SCHEMA = {
    "0001_a/0_prelude/types.sql": "CREATE TYPE mood AS ENUM ('good', 'bad'); ALTER TYPE mood OWNER TO aoer_owner;",
    "0001_a/1_sequences/s.sql": "CREATE SEQUENCE s;",
    "0001_a/2_tables/t.sql": """
        CREATE TABLE t (tenant_id int NOT NULL, i int DEFAULT 1, m mood, CONSTRAINT small CHECK (i < 10));
        CREATE TABLE p (tenant_id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);""",
    "0001_a/4_views/v.sql": "CREATE VIEW v AS SELECT i FROM t;",
    "0001_a/5_functions/f.sql": """
        CREATE FUNCTION f() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';""",
    "0001_a/6_triggers/t.sql": "CREATE TRIGGER touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch();",
    "0001_a/7_indexes/t.sql": "CREATE INDEX t_i ON t (i); CREATE INDEX p_at ON p (at);",
    "0001_a/9_security/t.sql": """
        ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON t USING (i = 1);
        GRANT SELECT ON t TO aoer_viewer;""",
}


class Checked:
    """A database made of SCHEMA, and how to look at it."""

    def __init__(self, connection: asyncpg.Connection, server: Server, write: Write) -> None:
        self.connection = connection
        self.files = write(SCHEMA)
        self._server = server

    async def look(self, against: str = "recorded") -> Validation:
        async def connect(name: str) -> asyncpg.Connection:
            return await asyncpg.connect(self._server.dsn(name))

        return await validate(self.connection, connect, files=self.files, against=against)  # type: ignore[arg-type]


@pytest.fixture
async def checked(admin: asyncpg.Connection, server: Server, template: str, write: Write) -> AsyncIterator[Checked]:
    found = Checked(admin, server, write)
    await migrate(admin, files=found.files)
    yield found


DRIFTS = [
    ("CREATE TABLE extra ()", "table", "public.extra", Change.UNEXPECTED),
    ("DROP TABLE p", "table", "public.p", Change.MISSING),
    ("ALTER TABLE t SET (fillfactor = 50)", "table", "public.t", Change.CHANGED),
    ("ALTER TABLE t ADD j int", "column", "public.t.j", Change.UNEXPECTED),
    ("ALTER TABLE p ALTER tenant_id TYPE bigint", "column", "public.p.tenant_id", Change.CHANGED),
    ("ALTER TABLE t ALTER tenant_id DROP NOT NULL", "column", "public.t.tenant_id", Change.CHANGED),
    ("ALTER TABLE t ALTER i SET DEFAULT 2", "column", "public.t.i", Change.CHANGED),
    ("DROP INDEX t_i", "index", "public.t: t_i", Change.MISSING),
    ("CREATE INDEX more ON t (m)", "index", "public.t: more", Change.UNEXPECTED),
    ("ALTER TABLE t DROP CONSTRAINT small", "constraint", "public.t: small", Change.MISSING),
    ("ALTER TABLE t ADD CONSTRAINT big CHECK (i > 0)", "constraint", "public.t: big", Change.UNEXPECTED),
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2'",
        "function",
        "public.f()",
        Change.CHANGED,
    ),
    ("ALTER FUNCTION f() SECURITY DEFINER", "function", "public.f()", Change.CHANGED),
    (
        "CREATE FUNCTION f(i int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "function",
        "public.f(i integer)",
        Change.UNEXPECTED,
    ),
    ("DROP TRIGGER touch ON t", "trigger", "public.t: touch", Change.MISSING),
    ("ALTER TABLE t DISABLE TRIGGER touch", "trigger", "public.t: touch", Change.CHANGED),
    ("CREATE OR REPLACE VIEW v AS SELECT i FROM t WHERE i > 1", "view", "public.v", Change.CHANGED),
    ("ALTER TYPE mood ADD VALUE 'ugly'", "enum", "public.mood", Change.CHANGED),
    ("DROP POLICY own ON t", "policy", "public.t: own", Change.MISSING),
    ("ALTER POLICY own ON t USING (true)", "policy", "public.t: own", Change.CHANGED),
    ("ALTER TABLE t DISABLE ROW LEVEL SECURITY", "row security", "public.t", Change.CHANGED),
    ("ALTER TABLE t FORCE ROW LEVEL SECURITY", "row security", "public.t", Change.CHANGED),
    ("GRANT DELETE ON t TO aoer_viewer", "grants", "table public.t", Change.CHANGED),
    ("REVOKE SELECT ON t FROM aoer_viewer", "grants", "table public.t", Change.CHANGED),
    ("GRANT UPDATE (i) ON t TO aoer_viewer", "grants", "column public.t.i", Change.UNEXPECTED),
    ("REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC", "grants", "function public.f()", Change.CHANGED),
    ("GRANT CREATE ON SCHEMA public TO aoer_viewer", "grants", "schema public", Change.CHANGED),
    ("ALTER TABLE t OWNER TO CURRENT_USER", "owner", "table public.t", Change.CHANGED),
    ("ALTER FUNCTION f() OWNER TO CURRENT_USER", "owner", "function public.f()", Change.CHANGED),
    ("ALTER SEQUENCE s INCREMENT 2", "sequence", "public.s", Change.CHANGED),
]


@pytest.fixture(scope="module")
def made(server: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """DSN of a database made of SCHEMA, for tests that roll back what they do to it."""
    name = server.create_database()

    async def fill() -> None:
        connection = await asyncpg.connect(server.dsn(name))
        await migrate(connection, files=write_files(tmp_path_factory.mktemp("schema"), SCHEMA))
        await connection.close()

    server.run(fill())
    yield server.dsn(name)
    server.drop_database(name)


@pytest.mark.parametrize(("sql", "kind", "identity", "change"), DRIFTS, ids=[drift[0] for drift in DRIFTS])
async def test_each_kind_of_drift_is_named_and_nothing_else(
    made: str, server: Server, write: Write, sql: str, kind: str, identity: str, change: Change
) -> None:
    connection = await asyncpg.connect(made)
    change_it = connection.transaction()
    await change_it.start()
    await connection.execute(sql)
    found = await Checked(connection, server, write).look()
    await change_it.rollback()
    await connection.close()
    assert [(one.kind, one.identity, one.change) for one in found.drift] == [(kind, identity, change)]
    assert not found.sound


async def test_a_scratch_database_says_the_same_and_is_gone_afterwards(checked: Checked, server: Server) -> None:
    assert (await checked.look("scratch")).sound
    await checked.connection.execute("ALTER TABLE t ADD j int; DROP INDEX t_i")
    scratch, recorded = await checked.look("scratch"), await checked.look("recorded")
    assert (scratch.against, recorded.against) == ("scratch", "recorded")
    assert scratch.drift == recorded.drift
    assert len(scratch.drift) == 2
    assert server.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'aoer\\_validate\\_%'") == 0


async def test_a_scratch_database_that_a_killed_run_left_is_dropped(checked: Checked, server: Server) -> None:
    server.create_database(name="aoer_validate_0123abcd_1000000000")
    await checked.look("scratch")
    assert server.fetchval("SELECT count(*) FROM pg_database WHERE datname LIKE 'aoer\\_validate\\_%'") == 0


async def test_partitions_come_and_go_without_being_drift(checked: Checked) -> None:
    await checked.connection.execute("CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
    assert (await checked.look()).sound


async def test_tables_of_tenants_without_row_security_are_told_once_others_can_read_them(checked: Checked) -> None:
    assert (await checked.look()).unprotected == ()
    await checked.connection.execute("GRANT SELECT ON p TO aoer_viewer")
    assert (await checked.look()).unprotected == ("public.p",)


async def test_the_next_migration_does_not_make_drift_right(checked: Checked, write: Write) -> None:
    await checked.connection.execute("ALTER TABLE t ADD sneaked int; DROP INDEX t_i")
    checked.files = write({"0002_b/3_columns/t.sql": "ALTER TABLE t ADD planned int"})
    await migrate(checked.connection, files=checked.files)
    found = await checked.look()
    assert {(one.identity, one.change) for one in found.drift} == {
        ("public.t.sneaked", Change.UNEXPECTED),
        ("public.t: t_i", Change.MISSING),
    }


async def test_the_record_is_right_after_a_run_that_failed_half_way(checked: Checked, write: Write) -> None:
    broken = {"0002_b/3_columns/a.sql": "ALTER TABLE t ADD a int", "0002_b/3_columns/b.sql": "SELECT wrong"}
    with pytest.raises(Exception, match="wrong"):
        await migrate(checked.connection, files=write(broken))
    checked.files = write({"0002_b/3_columns/b.sql": "ALTER TABLE t ADD b int"})
    await migrate(checked.connection, files=checked.files)
    assert (await checked.look()).sound


async def test_the_real_schema_is_what_its_files_say(owner_dsn: str, server: Server) -> None:
    connection = await asyncpg.connect(owner_dsn)

    async def connect(name: str) -> asyncpg.Connection:
        return await asyncpg.connect(server.dsn(name))

    try:
        for against in ("scratch", "recorded"):
            found = await validate(connection, connect, against=against)  # type: ignore[arg-type]
            assert found.drift == ()
            assert found.standing.current
    finally:
        await connection.close()


def test_parts_of_a_missing_object_are_not_listed_besides_it() -> None:
    whole: Catalogue = {
        ("table", "public.t"): "",
        ("column", "public.t.i"): "integer",
        ("index", "public.t: t_i"): "x",
        ("owner", "table public.t"): "o",
        ("grants", "column public.t.i"): "g",
        ("row security", "public.t"): "off",
    }
    assert [(one.kind, one.change) for one in compare(whole, {})] == [("table", Change.MISSING)]
    assert [(one.kind, one.change) for one in compare({}, whole)] == [("table", Change.UNEXPECTED)]
    without_column = {key: text for key, text in whole.items() if "public.t.i" not in key[1]}
    assert [one.kind for one in compare(whole, without_column)] == ["column", "grants"]


def test_carry_keeps_what_drifted_and_takes_what_the_run_did() -> None:
    a, b, c, d = (("table", name) for name in "abcd")
    recorded: Catalogue = {a: "1", b: "1", c: "1"}
    before: Catalogue = {a: "1", b: "drifted", d: "unknown"}
    assert carry(recorded, before, {a: "2", b: "drifted", d: "unknown"}) == {a: "2", b: "1", c: "1"}
    assert carry(recorded, before, {a: "1", b: "mended", c: "back", d: "adopted"}) == {
        a: "1",
        b: "mended",
        c: "back",
        d: "adopted",
    }
