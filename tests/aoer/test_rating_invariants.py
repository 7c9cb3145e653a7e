"""What must hold for every panel: no leak, monotone, additive, order-free, isolated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.aoer.backtest import Walk, walk_forward
from console.aoer.panel import build_panel
from console.aoer.rating.learner import Learner
from console.aoer.rating.parameters import rate
from tests.aoer.panels import invented, panel_of, rows_of

seeds = st.integers(0, 10_000)
sizes = st.sampled_from([(1, 9), (3, 14), (6, 10), (9, 8)])
COLUMNS = ("prediction", "low", "high", "risk")
quick = settings(max_examples=12, deadline=None)


def same(left: Walk, right: Walk, rows: np.ndarray | slice = slice(None), tolerance: float = 1e-9) -> None:
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(left, name)[rows], getattr(right, name)[rows], rtol=0, atol=tolerance)


@quick
@given(seeds, sizes, st.integers(1, 7), st.floats(0, 0.3))
def test_no_later_row_changes_anything_computed_before(
    seed: int, size: tuple[int, int], cut: int, missing: float
) -> None:
    x, y = invented(seed, *size, missing)
    before = walk_forward(panel_of(x, y))
    y[:, cut:] = np.where(np.isnan(y[:, cut:]), 3.0, 100 - y[:, cut:])
    x[:, cut + 1 :] = 99.0
    panel = panel_of(x, y)
    after = walk_forward(panel)
    same(before, after, panel.day <= panel.day[0] + 7 * cut, tolerance=0)


@quick
@given(seeds, st.integers(2, 8))
def test_a_panel_that_ends_earlier_predicts_the_same(seed: int, weeks: int) -> None:
    x, y = invented(seed, 7, 9)
    whole, part = walk_forward(panel_of(x, y)), walk_forward(panel_of(x[:, :weeks], y[:, :weeks]))
    same(part, whole_rows(whole, 7 * weeks), tolerance=0)


def whole_rows(walk: Walk, count: int) -> Walk:
    cut = {name: getattr(walk, name)[:count] for name in (*COLUMNS, "median", "calibrated")}
    return Walk(**cut, rivals={}, drifts=())


@quick
@given(seeds, st.integers(0, 5))
def test_tenants_that_join_later_change_nothing_before(seed: int, newcomers: int) -> None:
    x, y = invented(seed, 4 + newcomers, 10)
    x[4:, :6], y[4:, :6] = np.nan, np.nan
    rows = [row for row in rows_of(x, y) if row.tenant < "t04" or row.observed_aiv is not None]
    few = walk_forward(build_panel([row for row in rows if row.tenant < "t04"]))
    panel = build_panel(rows)
    many = walk_forward(panel)
    early = panel.day < panel.day[0] + 42
    same(whole_rows(few, 24), whole_rows(many, int(early.sum())), tolerance=0)


@quick
@given(seeds, sizes, st.integers(0, 4), st.floats(0.1, 30), st.floats(0, 0.4))
def test_raising_a_signal_never_lowers_the_rating(
    seed: int, size: tuple[int, int], signal: int, rise: float, missing: float
) -> None:
    x, y = invented(seed, *size, missing)
    learner = Learner(size[0])
    rows = np.arange(size[0])
    for week in range(size[1]):
        learner.step(rows, 100.0 + week, x[:, week], y[:, week], np.full(size[0], 48.0))
    parameters = learner.model(rows, 100.0 + size[1]).parameters
    now = np.where(np.isnan(x[:, -1]), 50.0, x[:, -1])
    raised = now.copy()
    raised[:, signal] += rise
    low, high = rate(parameters, now, 100.0 + size[1]), rate(parameters, raised, 100.0 + size[1])
    assert (high.score >= low.score - 1e-12).all()
    assert (np.nan_to_num(high.risk) <= np.nan_to_num(low.risk) + 1e-12).all()
    assert (parameters.weights >= 0).all()


@quick
@given(seeds, sizes, st.floats(0, 0.5))
def test_level_contributions_and_limit_add_up_to_the_score(seed: int, size: tuple[int, int], missing: float) -> None:
    x, y = invented(seed, *size, missing)
    learner = Learner(size[0])
    rows = np.arange(size[0])
    for week in range(size[1]):
        model = learner.model(rows, 100.0 + week)
        rated = learner.step(rows, 100.0 + week, x[:, week], y[:, week], np.full(size[0], 48.0), model)
        whole = rated.level + rated.contributions.sum(axis=1) + rated.limit
        np.testing.assert_allclose(whole, rated.score, rtol=0, atol=1e-9)
        # The linear form is the mixture of experts itself.
        spread = np.nan_to_num(x[:, week][:, None] - model.references)
        experts = model.levels[:, :, None] + np.einsum("kwj,ksj->ksw", model.sets, spread)
        known = model.parameters.calibrated
        mixture = np.clip((experts * model.believed).sum(axis=(1, 2)), 0, 100)
        np.testing.assert_allclose(rated.score[known], mixture[known], rtol=0, atol=1e-9)
        assert (np.isnan(rated.contributions) | ~np.isnan(x[:, week]) | (rated.contributions == 0)).all()


@quick
@given(seeds, st.permutations(range(7)))
def test_the_order_of_tenants_is_irrelevant(seed: int, order: list[int]) -> None:
    x, y = invented(seed, 7, 10, 0.1)
    plain, shuffled = walk_forward(panel_of(x, y)), walk_forward(panel_of(x[order], y[order]))
    back = np.argsort(np.argsort(order))
    for name in COLUMNS:
        left = getattr(plain, name).reshape(10, 7)[:, order]
        np.testing.assert_allclose(left, getattr(shuffled, name).reshape(10, 7), rtol=0, atol=1e-8)
    assert len(back) == 7


@quick
@given(seeds, st.floats(-25, 25))
def test_rows_of_one_tenant_never_move_the_level_of_another(seed: int, shock: float) -> None:
    x, y = invented(seed, 6, 12)
    levels = []
    for change in (0.0, shock):
        readings = y.copy()
        readings[0] = np.clip(readings[0] + change, 0, 100)
        learner = Learner(6)
        for week in range(12):
            learner.step(np.arange(6), 100.0 + week, x[:, week], readings[:, week], np.full(6, 48.0))
        levels.append(learner.model(np.arange(6), 112.0).parameters.level)
    np.testing.assert_allclose(levels[0][1:], levels[1][1:], rtol=0, atol=1e-11)


def test_a_tenant_that_opted_out_is_not_touched_by_the_panel_at_all() -> None:
    x, y = invented(3, 8, 15)
    pooled = np.ones(8, dtype=bool)
    pooled[2] = False
    alone = walk_forward(panel_of(x[2:3], y[2:3]))
    among = walk_forward(panel_of(x, y), pooled)
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(among, name).reshape(15, 8)[:, 2], getattr(alone, name), atol=1e-9)


@pytest.mark.parametrize("tenants", [4, 5])
def test_pooling_begins_at_five_tenants(tenants: int) -> None:
    x, y = invented(5, tenants, 20)
    pooled = walk_forward(panel_of(x, y))
    alone = walk_forward(panel_of(x, y), np.zeros(tenants, dtype=bool))
    assert np.allclose(pooled.prediction, alone.prediction, equal_nan=True) is (tenants == 4)
