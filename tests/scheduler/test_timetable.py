"""What is due when, on a machine whose clock was set."""

from datetime import UTC, datetime, timedelta

from console.config.settings import Settings
from console.scheduler.cycles import Cycle
from console.scheduler.timetable import Timetable


async def test_plans_made_by_a_clock_that_was_ahead_are_made_anew(settings: Settings) -> None:
    async def fire(_cycle: Cycle, _tick: datetime | None) -> None:
        raise AssertionError("nothing is due")

    cycles = [Cycle("daily", "", "m:f", cron="0 0 * * *"), Cycle("often", "", "m:f", every=600)]
    table = Timetable(settings, fire)
    table.start(cycles)
    usual = {cycle.name: table.next_run(cycle.name) for cycle in cycles}
    table.realign()
    assert {cycle.name: table.next_run(cycle.name) for cycle in cycles} == usual
    for cycle in cycles:
        table._scheduler.get_job(cycle.name).modify(next_run_time=datetime.now(UTC) + timedelta(days=3))
    table.realign()
    now = datetime.now(UTC)
    assert table.next_run("daily") == usual["daily"]
    often = table.next_run("often")
    assert often is not None
    assert now < often <= now + timedelta(seconds=600)
    table.stop()
