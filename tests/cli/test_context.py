"""What verbs get: settings from flags, a database under the noun's name, and who is acting."""

from pathlib import Path

import pytest

from console.cli.context import Context
from console.cli.output import Output
from console.cli.parser import parse
from console.domain.enums import Origin
from console.errors import ConfigError, PermissionDenied


def context(*words: str) -> Context:
    return Context(parse(list(words)), Output())


def test_flags_become_settings_with_their_origin(tmp_path: Path) -> None:
    given = context("status", "--dsn", "postgresql://h/d", "--data-dir", str(tmp_path), "--read-only")
    assert given.settings.database.dsn == "postgresql://h/d"
    assert given.settings.embedded.data_dir == str(tmp_path)
    assert given.settings.database.read_only
    assert given.loaded.origins["database.dsn"] == "command line"


def test_a_scheduler_with_json_logs_json() -> None:
    args = parse(["--scheduler-only", "--json"])
    assert Context(args, Output(is_json=True)).settings.log.format == "json"
    assert context("--scheduler-only").settings.log.format == "text"


def test_a_profile_and_a_file_are_taken_from_flags(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[profiles.north]\nenvironment = "north"\n')
    assert context("status", "--config", str(file), "--profile", "north").settings.ui.environment == "north"
    with pytest.raises(ConfigError, match="command line: no profile 'nroth'"):
        _ = context("status", "--config", str(file), "--profile", "nroth").settings


async def test_the_database_knows_the_noun_and_reads_only_on_request(dsn: str) -> None:
    async with context("status", "--dsn", dsn).database() as db:
        assert await db.fetchval("SELECT current_setting('application_name')") == "aoer-console/status"
        assert await db.fetchval("SHOW default_transaction_read_only") == "off"
    async with context("status", "--dsn", dsn, "--read-only").database() as db:
        with pytest.raises(PermissionDenied):
            await db.execute("DELETE FROM tenants")
    async with context("status", "--dsn", dsn).database(read_only=True) as db:
        assert db.read_only


async def test_writes_are_signed(dsn: str) -> None:
    given = context("status", "--dsn", dsn, "--reason", "storm")
    actor = given.actor()
    assert (actor.origin, actor.reason) == (Origin.COMMAND_LINE, "storm")
    assert given.actor("flood").reason == "flood"
    async with given.database() as db, db.transaction(actor) as connection:
        found = await connection.fetchrow(
            "SELECT current_setting('aoer.reason') AS reason, current_setting('aoer.origin') AS origin"
        )
        assert tuple(found) == ("storm", "command_line")
