"""The nouns made from the registry: the same verbs as in the terminal, with exit codes that scripts can use."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from console.actions.model import Outcome, Result, Scope, Target
from console.actions.registry import all_actions
from console.cli.actions_cli import exit_code
from console.cli.main import run
from console.cli.nouns import NOUNS
from console.cli.rows import ROWS, fields_of
from console.errors import UsageError
from tests.actions.conftest import Town, actor, town

__all__ = ["actor", "town"]
Cli = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def cli(dsn: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """cli("alerts", "list") -> exit code, stdout, stderr."""

    async def call(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run, [*words, "--dsn", dsn])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


async def test_alerts_from_list_to_resolved(town: Town, cli: Cli) -> None:
    code, out, _ = await cli("alerts", "list", "--json")
    (row,) = json.loads(out)["rows"]
    assert (code, row["id"], row["status"], row["order"]) == (0, town.alert, "open", "A-1")
    short = town.alert[:8]
    code, out, _ = await cli("alerts", "ack", short, "--minutes", "5", "--reason", "on it", "--json")
    (answer,) = json.loads(out)
    assert (code, answer["result"], answer["after"]["status"]) == (0, "done", "acknowledged")
    assert (await cli("alerts", "ack", short, "--minutes", "1"))[0] == 0
    code, out, _ = await cli("alerts", "resolve", short, "--resolution", "van swapped")
    assert code == 0 and "resolved" in out
    assert (await cli("alerts", "snooze", short))[0] == 7
    assert json.loads((await cli("alerts", "list", "--json"))[1])["total"] == 0
    assert json.loads((await cli("alerts", "list", "--all", "--json"))[1])["total"] == 1
    (entry,) = await town.audit("alert.acknowledge")
    assert (entry["origin"], entry["reason"]) == ("command_line", "on it")


async def test_show_prints_what_belongs_to_a_row_without_acting_on_its_markup(town: Town, cli: Cli) -> None:
    code, out, _ = await cli("alerts", "show", town.alert)
    assert code == 0 and "late [@click=app.quit]now[/]" in out and "A-1" in out
    detail = json.loads((await cli("orders", "show", "A-1", "--json"))[1])
    assert detail["record"]["cells"]["driver"] == "Ann"
    assert detail["alerts"]["rows"][0]["key"] == town.alert


async def test_orders_by_reference_and_drivers_by_name(town: Town, cli: Cli) -> None:
    assert (await cli("orders", "reassign", "A-1", "--driver", "bob"))[0] == 0
    assert str((await town.row("orders", town.order))["driver_id"]) == town.bob
    assert (await cli("orders", "unassign", "a-1"))[0] == 0
    assert (await cli("orders", "assign", "A-1"))[0] == 0
    assert (await town.row("orders", town.order))["driver_id"] is not None
    assert (await cli("orders", "assign", "A-1", "--driver", "nobody"))[0] == 6


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("alerts", "ack", "ffffffff"), 6, "no alert"),
        (("alerts", "ack"), 2, "name the alerts"),
        (("alerts", "ack", "--matching", "status=open"), 2, "--reason"),
        (("alerts", "ack", "--matching", "colour=red", "--reason", "r"), 2, "FIELD=VALUE"),
        (("tenants", "recompute-all", "--reason", "r"), 2, "--expect"),
        (("tenants", "recompute-all", "--reason", "r", "--expect", "7"), 7, "expected 7"),
        (("alerts", "note", "x"), 6, "no alert"),
        (("alerts", "resolve", "x", "--read-only"), 6, "no alert"),
    ],
)
async def test_mistakes_name_the_next_step(town: Town, cli: Cli, words: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = await cli(*words)
    assert found == code and said in err and out == ""


async def test_many_rows_need_the_count_and_a_reason(town: Town, cli: Cli) -> None:
    await town.outside.execute(
        "INSERT INTO dispatch_alerts (tenant_id, alert_type, severity, message)"
        " SELECT $1::uuid, 'SLA_BREACH', 'low', i::text FROM generate_series(1, 4) i",
        town.tenant,
    )
    chosen = ("alerts", "resolve", "--matching", "severity=low", "--reason", "storm")
    code, out, _ = await cli(*chosen, "--dry-run", "--json")
    assert (code, json.loads(out)["eligible"]) == (0, 4)
    assert (await cli(*chosen, "--expect", "5"))[0] == 7
    assert await town.audit("alert.resolve") == []
    code, out, _ = await cli(*chosen, "--expect", "4", "--json")
    assert code == 0 and [row["result"] for row in json.loads(out)] == ["done"] * 4
    assert len(await town.audit("alert.resolve")) == 4


async def test_a_read_only_session_and_a_viewer_are_not_permitted(
    town: Town, cli: Cli, login: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await cli("alerts", "ack", town.alert, "--read-only"))[0] == 5
    viewer = login("op_viewer", "aoer_viewer", "aoer_all_tenants")
    assert await asyncio.to_thread(run, ["alerts", "ack", town.alert, "--dsn", viewer]) == 5
    assert "operator" in capsys.readouterr().err


async def test_a_rerun_is_not_available_and_says_so(town: Town, cli: Cli) -> None:
    code, out, _ = await cli("sessions", "rerun", town.session)
    assert code == 69 and "not available yet" in out


async def test_recomputing_a_tenant_by_its_slug(town: Town, cli: Cli) -> None:
    assert (await cli("tenants", "recompute", "jilin", "--priority", "urgent"))[0] == 0
    assert await town.outside.fetchval("SELECT priority::text FROM aoer_queue") == "urgent"


async def test_an_incident_is_reported_and_resolved(town: Town, cli: Cli) -> None:
    place = ("--latitude", "43.8", "--longitude=126.5", "--type", "accident")
    code, out, _ = await cli("incidents", "report", "jilin", *place, "--severity", "SEVERE", "--json")
    (answer,) = json.loads(out)
    assert code == 0 and (await cli("incidents", "resolve", answer["after"]["id"]))[0] == 0
    assert (await cli("incidents", "list", "--severity", "severe", "--json"))[0] == 0


async def test_an_empty_database_says_what_to_do_next(cli: Cli) -> None:
    for noun in ROWS:
        code, out, err = await cli(noun, "list")
        assert code == 0 and out == "" and err.strip()


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ((Result.DONE, Result.ALREADY), 0),
        ((Result.DONE, Result.CONFLICT), 7),
        ((Result.GONE,), 6),
        ((Result.NOT_AVAILABLE,), 69),
    ],
)
def test_the_exit_code_is_that_of_the_first_row_that_failed(results: tuple[Result, ...], code: int) -> None:
    target = Target(Scope.ALERT, "k")
    assert exit_code([Outcome(target, result, "m") for result in results]) == code


def test_every_verb_with_a_key_has_a_noun() -> None:
    assert {action.cli[0] for action in all_actions() if action.key} <= set(NOUNS)


def test_filters_are_field_equals_value() -> None:
    assert fields_of(["status=open,snoozed"], ("status",)) == {"status": "open,snoozed"}
    for pair in ("status", "colour=red"):
        with pytest.raises(UsageError):
            fields_of([pair], ("status",))


def test_nothing_heavy_is_loaded_for_help() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from console.cli.main import run; run(['alerts', 'ack', '--help']);"
        " sys.exit(any(m in sys.modules for m in ('asyncpg', 'textual', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0
