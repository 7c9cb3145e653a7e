"""A replayed day obeys the rules of the problem, and the checker sees when it does not."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.automation.dispatch.live import live_weights
from console.automation.replay.check import check_solution
from console.automation.replay.instance import Parameters, read_instance
from console.automation.replay.measures import measure, percentile
from console.automation.replay.policies import policy
from console.automation.replay.simulate import simulate
from console.automation.replay.solution import assignment_lines, courier_lines, order_lines, write_solution
from console.config.settings import Settings
from console.errors import InputRejected, NotFound, UsageError
from tests.automation.replay.judge import Judge
from tests.automation.shared import data, small_day, write_instance

RULES = st.builds(
    Parameters,
    speed=st.sampled_from([120.0, 320.0, 427.0, 2000.0]),
    pickup_service=st.sampled_from([0, 4, 10]),
    dropoff_service=st.sampled_from([0, 2, 6]),
    target=st.sampled_from([10, 40, 90]),
    maximum=st.just(90),
    pay_per_order=st.sampled_from([0.0, 10.0]),
    pay_per_hour=st.sampled_from([0.0, 15.0]),
)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    orders=st.integers(1, 30),
    couriers=st.integers(1, 7),
    rules=RULES,
    name=st.sampled_from(["rolling", "rolling", "live", "matching", "nearest"]),
)
def test_every_generated_day_is_feasible(
    tmp_path_factory: pytest.TempPathFactory, seed: int, orders: int, couriers: int, rules: Parameters, name: str
) -> None:
    """Slow and fast cities, no service times, few couriers: two judges find nothing."""
    instance = small_day(seed, orders, couriers, rules)
    directory = tmp_path_factory.mktemp("day")
    write_solution(directory, instance, simulate(instance, policy(name)))
    assert check_solution(instance, directory) == []
    Judge(write_instance(directory / "instance", instance), directory).run()


@pytest.mark.parametrize("name", ["rolling", "matching", "nearest"])
def test_policies_serve_an_easy_day_wholly(name: str) -> None:
    instance = small_day(3, orders=12, couriers=12)
    row = measure(instance, simulate(instance, policy(name)))
    assert row.undelivered == 0.0
    assert row.click_to_door_mean >= min(o.ready - o.placed for o in instance.orders) + 4


def test_planning_ahead_beats_the_nearest_courier_under_load() -> None:
    days = [small_day(seed, orders=40, couriers=5) for seed in range(3)]
    rolling = [measure(day, simulate(day, policy("rolling"))) for day in days]
    nearest = [measure(day, simulate(day, policy("nearest"))) for day in days]
    assert sum(row.undelivered for row in rolling) < sum(row.undelivered for row in nearest)
    assert sum(row.orders_per_bundle for row in rolling) > len(days)


def test_same_seed_same_day() -> None:
    instance = small_day(5)
    first, second = (list(courier_lines(instance, simulate(instance, policy("rolling", 7)))) for _ in range(2))
    assert first == second


def test_the_live_policy_tells_as_early_as_it_is_set_to() -> None:
    """commit_minutes before a courier must set out, never earlier, and neither setting is ignored."""
    instance = small_day(4, orders=40, couriers=6)
    early: dict[float, list[int]] = {}
    for minutes in (0.0, 4.0, 12.0):
        day = simulate(instance, policy("live", commit_minutes=minutes))
        kitchens = len(instance.restaurants)
        leaves = [(leg.courier, leg.departure) for leg in day.legs if leg.destination < kitchens]
        starts = {c: sorted(at for one, at in leaves if one == c) for c, _ in leaves}
        early[minutes] = []
        for bundle in sorted(day.assignments, key=lambda one: (one.courier, one.pickup)):
            early[minutes].append(starts[bundle.courier].pop(0) - bundle.assigned)
        assert max(early[minutes]) <= minutes
    assert max(early[0.0]) == 0
    assert max(early[4.0]) > 0
    assert max(early[12.0]) > 4


def test_the_live_policy_is_the_live_engine_s() -> None:
    assert policy("live", 3, 7.0) == replace(live_weights(7.0), seed=3)
    assert policy("live").commit == Settings().automation.commit_minutes


def test_no_order_is_decided_before_it_is_placed_nor_by_later_orders() -> None:
    """Cutting the day off after minute 60 must not change what was decided before it: no clairvoyance."""
    whole = small_day(11, orders=40)
    early = replace(whole, orders=tuple(sorted(whole.orders, key=lambda o: o.placed)))
    early = replace(early, table=_without(early, len(early.orders)))
    count = sum(1 for row in early.orders if row.placed <= 60)
    cut = replace(early, orders=early.orders[:count], table=_without(early, count))
    before = {(b.courier, b.orders) for b in simulate(early, policy("rolling")).assignments if b.pickup <= 60}
    after = {(b.courier, b.orders) for b in simulate(cut, policy("rolling")).assignments if b.pickup <= 60}
    assert before == after


def _without(instance: object, count: int) -> list[list[float]]:
    from console.automation.replay.instance import Instance, travel_table

    assert isinstance(instance, Instance)
    places = [(p.x, p.y) for p in instance.restaurants] + [(o.x, o.y) for o in instance.orders[:count]]
    return travel_table(places + [(c.x, c.y) for c in instance.couriers], instance.parameters.speed)


def test_files_have_the_agreed_form(tmp_path: Path) -> None:
    instance = small_day(2)
    day = simulate(instance, policy("rolling"))
    assert next(iter(assignment_lines(instance, day))) == "assignment_time pickup_time courier orders"
    assert next(iter(order_lines(instance, day))) == "order placement_time ready_time pickup_time dropoff_time courier"
    lines = list(courier_lines(instance, day))
    assert lines[0] == "courier departure_time origin destination"
    assert lines[1].split(" ")[2] == "0"


@pytest.mark.parametrize(
    ("name", "line", "column", "change"),
    [
        ("assignments", 1, 1, 1),
        ("assignments", 1, 0, -500),
        ("orders", 1, 4, -1),
        ("couriers", 2, 1, -1),
        ("couriers", 2, 1, 1),
    ],
)
def test_the_checker_finds_a_changed_minute(tmp_path: Path, name: str, line: int, column: int, change: int) -> None:
    instance = small_day(4)
    write_solution(tmp_path, instance, simulate(instance, policy("rolling")))
    path = tmp_path / f"solution_info_{name}.txt"
    lines = path.read_text().splitlines()
    cells = lines[line].split(" ")
    cells[column] = str(int(cells[column]) + change)
    lines[line] = " ".join(cells)
    path.write_text("\n".join(lines) + "\n")
    assert check_solution(instance, tmp_path)
    with pytest.raises(AssertionError):
        Judge(write_instance(tmp_path / "instance", instance), tmp_path).run()


def test_reading_names_file_and_line(tmp_path: Path) -> None:
    directory = write_instance(tmp_path / "bad", small_day(1))
    orders = (directory / "orders.txt").read_text().splitlines()
    orders[3] = "o3\tnorth\t5\t10\tr1\t20"
    (directory / "orders.txt").write_text("\n".join(orders))
    with pytest.raises(InputRejected, match=r"orders\.txt:4"):
        read_instance(directory)
    with pytest.raises(NotFound):
        read_instance(tmp_path / "absent")


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        ("orders", b"o3\t", b"o\xe93\t", r"orders\.txt:4: .*UTF-8"),
        ("orders", b"o3\t", b"o 3\t", r"orders\.txt:4: 'o 3' is no name"),
        ("orders", b"o3\t", b"o\x003\t", r"orders\.txt:4: .*no name"),
        ("orders", b"o3\t", b"o2\t", r"orders\.txt:4: o2 is there already, at .*orders\.txt:3"),
        ("orders", b"o3\t", b"r1\t", r"r1 is there already, at .*restaurants\.txt:2"),
        ("restaurants", b"r2\t", b"r2\t1.5\t", r"restaurants\.txt:3: x is '1.5', not a whole number"),
        ("restaurants", b"r2\t", b"r2\t99999999999\t", r"restaurants\.txt:3: x is 99999999999, not between"),
        ("orders", b"\t", b" ", r"orders\.txt:2: 1 columns where 6 are needed"),
        ("restaurants", b"restaurant\tx\ty\n", b"", r"restaurants\.txt:1: .*names of the columns"),
        ("couriers", b"c1\t", b"c1\t1\t1\t0\t2000000000\n", r"couriers\.txt:2: off time is 2000000000"),
        ("restaurants", b"r2\t", b"r9\t", r"orders\.txt:\d+: order .* names unknown restaurant r2"),
        ("instance_parameters", b"320\t", b"nan\t", r"instance_parameters\.txt:2: metres a minute is 'nan'"),
        ("instance_parameters", b"320\t", b"0\t", r"instance_parameters\.txt:2: metres a minute must be above 0"),
        ("instance_parameters", b"320\t4", b"320\t5", r"instance_parameters\.txt:2: .*must be even"),
        ("instance_parameters", b"320\t", b"320\t4\t4\t40\t90\t10\t15\n320\t", r"2 rows of parameters"),
    ],
)  # fmt: skip
def test_what_is_garbled_is_refused_by_file_and_line(
    tmp_path: Path, name: str, before: bytes, after: bytes, words: str
) -> None:
    path = write_instance(tmp_path / "bad", small_day(1)) / f"{name}.txt"
    content = path.read_bytes()
    assert before in content
    path.write_bytes(content.replace(before, after) if before == b"\t" else content.replace(before, after, 1))
    with pytest.raises(InputRejected, match=words):
        read_instance(path.parent)


def test_line_ends_blank_lines_and_a_mark_in_front_change_nothing(tmp_path: Path) -> None:
    whole = small_day(1)
    path = write_instance(tmp_path / whole.name, whole) / "orders.txt"
    content = path.read_bytes()
    for other in (
        content.replace(b"\n", b"\r\n"),
        content.replace(b"\n", b"\n\n"),
        content.rstrip(b"\n"),
        b"\xef\xbb\xbf" + content,
    ):
        path.write_bytes(other)
        assert read_instance(path.parent) == whole


@pytest.mark.parametrize("name", ["rolling", "live", "matching", "nearest"])
def test_a_day_without_couriers_delivers_nothing(tmp_path: Path, name: str) -> None:
    directory = write_instance(tmp_path / "alone", small_day(1))
    (directory / "couriers.txt").write_text("courier\tx\ty\ton_time\toff_time\n")
    instance = read_instance(directory)
    day = simulate(instance, policy(name))
    row = measure(instance, day)
    assert (row.undelivered, row.cost, row.click_to_door_mean) == (100.0, 0.0, 0.0)
    write_solution(tmp_path / "out", instance, day)
    assert check_solution(instance, tmp_path / "out") == []


def test_a_day_without_orders_is_refused(tmp_path: Path) -> None:
    directory = write_instance(tmp_path / "idle", small_day(1))
    (directory / "orders.txt").write_text("order\tx\ty\tplacement_time\trestaurant\tready_time\n\n")
    with pytest.raises(InputRejected, match="has no orders"):
        read_instance(directory)


def test_an_order_out_of_reach_stays_behind_alone(tmp_path: Path) -> None:
    directory = write_instance(tmp_path / "far", small_day(3, orders=12, couriers=12))
    with (directory / "restaurants.txt").open("a") as file:
        file.write("r99\t15000000\t15000000\n")
    with (directory / "orders.txt").open("a") as file:
        file.write("o99\t100\t100\t20\tr99\t30\n")
    instance = read_instance(directory)
    day = simulate(instance, policy("rolling"))
    assert measure(instance, day).undelivered == pytest.approx(100 / 13)
    write_solution(tmp_path / "out", instance, day)
    assert check_solution(instance, tmp_path / "out") == []


def test_an_order_ready_before_it_is_placed_is_refused(tmp_path: Path) -> None:
    directory = write_instance(tmp_path / "bad", small_day(1))
    (directory / "orders.txt").write_text("order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t1\t1\t50\tr1\t40\n")
    with pytest.raises(InputRejected, match="ready"):
        read_instance(directory)


def test_round_trip_of_an_instance(tmp_path: Path) -> None:
    instance = small_day(9)
    again = read_instance(write_instance(tmp_path / instance.name, instance))
    assert again == instance


def test_unknown_policy_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        policy("best")
    assert "rolling" in caught.value.hint


def test_percentile_interpolates() -> None:
    assert percentile([4, 1, 3, 2], 0.5) == 2.5
    assert percentile([], 0.9) == 0.0


def test_a_published_instance_is_solved_well() -> None:
    instance = read_instance(data("mdrplib") / "0o50t100s1p100")
    row = measure(instance, simulate(instance, policy("rolling")))
    assert row.undelivered <= 0.4
    assert row.click_to_door_mean <= 31.8
    assert row.cost <= 11.3
