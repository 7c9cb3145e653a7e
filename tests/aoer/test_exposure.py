"""Exposure metrics: the stated formulas on stated rows, and what happens to what was not observed."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from console.aoer.exposure import (
    Query,
    by_intent,
    by_week,
    claim_score,
    click_loss,
    measure,
    sample_word,
    trend_word,
    wilson,
)
from console.aoer.priority import concentration, percentile, ranking, share_of_voice

WEEK = date(2026, 1, 5)
ANSWERED = Query("lease deals", WEEK, "commercial", 4400, 4, True, "top", False, 700)
PLAIN = Query("brake cost", WEEK, "informational", 9900, 6, False, "none", False, 0)


def check_file() -> Path | None:
    places = [parent / "shared/reference/exposure_check.csv" for parent in Path(__file__).resolve().parents]
    return next((place for place in places if place.is_file()), None)


def test_check_set_reproduces_to_the_digits_given() -> None:
    path = check_file()
    if path is None:
        pytest.skip("the check set is not here")
    from console.aoer.queries_file import read_queries

    with path.open(newline="") as lines:
        found = read_queries(lines, path.name)
    got = measure(found.rows)
    assert (got.queries, got.sample) == (7, "too thin")
    rates = (got.exposure, got.weighted, got.position, got.position_weighted)
    assert [round(rate.value or 0, 4) for rate in rates] == [0.5714, 0.6237, 0.4143, 0.3802]
    assert got.click_loss == pytest.approx(861.9, abs=0.05)
    assert got.citation_share.value == 0.25 and got.citation_share.n == 4
    with path.open(newline="") as lines:
        for row, expected in zip(found.rows, csv.DictReader(lines), strict=True):
            assert click_loss(row) == pytest.approx(float(expected["expected_click_loss"]), abs=0.05)
            assert claim_score(row) == pytest.approx(float(expected["expected_claim_score"]), abs=0.005)


def test_formulas_on_two_rows() -> None:
    assert click_loss(ANSWERED) == pytest.approx(4400 * 0.08 * 0.45)
    assert claim_score(ANSWERED) == pytest.approx(100)
    assert (click_loss(PLAIN), claim_score(PLAIN)) == (0.0, 20.0)
    assert claim_score(replace(ANSWERED, position="mid", cited=True, tokens=300)) == pytest.approx(45 + 15 + 0 + 5)
    got = measure([ANSWERED, PLAIN])
    assert (got.exposure.value, got.weighted.value) == (0.5, pytest.approx(4400 / 14300))


@pytest.mark.parametrize(
    ("rank", "ctr"), [(1, 0.28), (2, 0.16), (3, 0.11), (4, 0.08), (5, 0.06), (6, 0.03), (None, 0.03)]
)
def test_baseline_ctr_by_rank(rank: int | None, ctr: float) -> None:
    assert click_loss(replace(ANSWERED, rank=rank)) == pytest.approx(4400 * ctr * 0.45)


def test_what_was_not_observed_leaves_the_measure_and_is_never_zero() -> None:
    unseen = replace(ANSWERED, text="a", present=None, position=None, cited=None, tokens=None)
    assert click_loss(unseen) is None and claim_score(unseen) is None
    without_volume = replace(ANSWERED, text="b", volume=None)
    assert click_loss(without_volume) is None
    got = measure([ANSWERED, unseen, without_volume])
    assert (got.exposure.n, got.exposure.value, got.weighted.n, got.click_loss_rows) == (2, 1.0, 1, 1)
    assert claim_score(replace(ANSWERED, tokens=None)) == pytest.approx(100)
    assert claim_score(replace(ANSWERED, cited=None, tokens=0)) == pytest.approx(100 * 70 / 80)
    nothing = measure([unseen])
    assert nothing.exposure.value is None and nothing.click_loss is None and nothing.exposure.n == 0


def test_a_query_seen_in_many_weeks_is_one_query() -> None:
    rows = [replace(ANSWERED, week=WEEK + timedelta(weeks=week), present=week % 2 == 0) for week in range(6)]
    got = measure(rows)
    assert (got.rows, got.queries, got.exposure.n, got.exposure.value) == (6, 1, 1, 0.5)


def test_wilson_interval_and_sample_words() -> None:
    low, high = wilson(0.5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    assert wilson(0.0, 5)[0] == 0.0 and wilson(1.0, 5)[1] == 1.0 and wilson(0.0, 5)[1] > 0.3
    assert [sample_word(n) for n in (0, 9, 10, 32, 33)] == [
        "too thin",
        "too thin",
        "early reading",
        "early reading",
        "enough",
    ]


def many(position: str, cited: bool, count: int = 20) -> list[Query]:
    return [replace(ANSWERED, text=f"q{i}", position=position, cited=cited and i % 2 == 0) for i in range(count)]


def test_trend_needs_more_than_a_twentieth_and_ten_queries() -> None:
    top, mid, cited = measure(many("top", False)), measure(many("mid", False)), measure(many("top", True))
    assert trend_word(top, mid) == "improving" and trend_word(mid, top) == "worsening"
    assert trend_word(top, cited) == "improving" and trend_word(cited, mid) == "mixed"
    assert trend_word(top, top) == "stable"
    assert trend_word(measure(many("top", False, 9)), mid) == "no comparison"
    seventeen, eighteen = ([replace(row, cited=i < n) for i, row in enumerate(many("top", False))] for n in (17, 18))
    assert trend_word(measure(seventeen), measure(eighteen)) == "stable"  # 1 in 20 is exactly .05


def test_priority_ranks_by_loss_claim_and_volume() -> None:
    small = replace(ANSWERED, text="small", volume=10)
    ranked = ranking([PLAIN, small, ANSWERED])
    assert ranked[0].query.text == "lease deals"
    losses = [float(click_loss(row) or 0) for row in (PLAIN, small, ANSWERED)]
    volumes = [9900.0, 10.0, 4400.0]
    loss, volume = 158.4 / percentile(losses, 0.95), 4400 / percentile(volumes, 0.95)
    assert ranked[0].priority == pytest.approx(100 * (0.5 * min(1, loss) + 0.5) * (0.6 * min(1, volume) + 0.4))
    assert ranking([PLAIN, ANSWERED], 1)[0].query is ANSWERED
    older = replace(PLAIN, week=WEEK - timedelta(weeks=1), present=True, position="top")
    assert ranking([older, PLAIN])[0].loss == 0.0  # the newest row of a query speaks


def test_percentile_interpolates_like_sql() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.95) == pytest.approx(3.85)
    assert percentile([], 0.95) == 0.0


def test_share_of_voice_counts_only_answers_that_were_read() -> None:
    rows = [
        replace(ANSWERED, text="a", mentions={"ours": 1, "rival": 3}),
        replace(ANSWERED, text="b", mentions={"ours": 0, "rival": 0}),
        replace(ANSWERED, text="c", mentions=None),
    ]
    voices = share_of_voice(rows)
    assert [(v.brand, v.mentions, v.share.value, v.answers.value, v.answers.n) for v in voices] == [
        ("rival", 3, 0.75, 0.5, 2),
        ("ours", 1, 0.25, 0.5, 2),
    ]
    assert concentration(voices) == pytest.approx(0.75**2 + 0.25**2)
    assert share_of_voice([ANSWERED]) == [] and concentration([]) is None


def test_breakdowns() -> None:
    rows = [ANSWERED, PLAIN, replace(PLAIN, text="x", intent=None, week=date(2026, 1, 15))]
    assert list(by_intent(rows)) == ["commercial", "informational", "unclassified"]
    weeks = by_week(rows)
    assert list(weeks) == [WEEK, date(2026, 1, 12)] and weeks[WEEK].queries == 2
