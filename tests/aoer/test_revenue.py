"""Revenue at risk in its three modes."""

import numpy as np
import pytest

from console.aoer.revenue import FACTORS, Mode, assumed, observed, parse_assumptions
from console.errors import InputRejected

EXAMPLE = dict(zip(FACTORS, (50_000, 0.35, 0.08, 0.15, 0.12, 0.25, 2_500), strict=True))


def test_event_model_example() -> None:
    got = assumed(parse_assumptions(EXAMPLE | {"recoverable": 0.4}), "currency")
    assert (got.p10, got.p50, got.p90) == pytest.approx((15_750,) * 3)
    assert got.recoverable == pytest.approx((6_300,) * 3)
    assert got.mode is Mode.ASSUMPTION and "assumptions" in got.reason


def test_ranges_become_percentiles_that_never_change() -> None:
    stated = parse_assumptions(EXAMPLE | {"impressions": [40_000, 60_000], "ctr_drop": [0.05, 0.1, 0.4]})
    one, two = assumed(stated, "currency"), assumed(stated, "currency")
    assert one == two
    assert one.p10 and one.p50 and one.p90 and one.p10 < one.p50 < one.p90
    only = assumed(parse_assumptions(EXAMPLE | {"impressions": [40_000, 60_000]}), "currency")
    scale = 15_750 / 50_000
    assert (only.p10, only.p90) == pytest.approx((42_000 * scale, 58_000 * scale), rel=0.01)


@pytest.mark.parametrize("left_out", FACTORS)
def test_a_missing_factor_is_not_computable(left_out: str) -> None:
    stated = {name: value for name, value in EXAMPLE.items() if name != left_out}
    got = assumed(parse_assumptions(stated), "currency")
    assert got.mode is Mode.NOT_COMPUTABLE and left_out in got.reason
    assert got.p10 is got.p50 is got.p90 is None


def test_without_a_declared_unit_nothing_is_computed() -> None:
    assert assumed(parse_assumptions(EXAMPLE), None).mode is Mode.NOT_COMPUTABLE
    assert assumed(parse_assumptions(EXAMPLE), "rate").mode is Mode.NOT_COMPUTABLE
    assert observed([1.0] * 20, [50.0] * 20, [0.0] * 20, 50, None).p50 is None


@pytest.mark.parametrize(
    "stated",
    [{"lead": 1}, {"lead_rate": 1.2}, {"gross": -1}, {"gross": [3, 2]}, {"gross": "x"}, {"gross": float("nan")},
     {"ctr_drop": [0.1, 0.9, 0.5]}, {"gross": [1, 2, 3, 4]}, {"gross": True}],
)  # fmt: skip
def test_wrong_assumptions_are_named(stated: dict[str, object]) -> None:
    with pytest.raises(InputRejected, match=r"lead|gross|ctr_drop"):
        parse_assumptions(stated)


def test_observed_losses_follow_the_shortfall() -> None:
    rng = np.random.default_rng(1)
    visibility = rng.uniform(20, 80, 40)
    losses = 100 * (100 - visibility) + rng.normal(0, 200, 40)
    got = observed(losses.tolist(), visibility.tolist(), np.arange(40.0).tolist(), 50.0, "currency")
    assert got.mode is Mode.OBSERVED and got.n == 40
    assert got.slope == pytest.approx(100, rel=0.05) and got.p50 == pytest.approx(5_000, rel=0.03)
    assert (
        got.p10 and got.p90 and got.p10 < 5_000 < got.p90 and got.p90 - got.p10 == pytest.approx(2 * 1.3 * 200, rel=0.3)
    )
    low = observed(losses.tolist(), visibility.tolist(), np.arange(40.0).tolist(), 70.0, "currency")
    assert low.p50 is not None and got.p50 is not None and low.p50 < got.p50


def test_a_wrong_sign_never_says_that_visibility_costs_money() -> None:
    visibility = np.linspace(20, 80, 20)
    got = observed((50 * visibility).tolist(), visibility.tolist(), [0.0] * 20, 50.0, "currency")
    assert got.slope == 0.0 and got.p50 == pytest.approx(2_500)


def test_too_few_pairs_and_a_unit_that_cannot_be() -> None:
    few = observed([10.0] * 7, [50.0] * 7, [0.0] * 7, 50.0, "currency")
    assert few.mode is Mode.NOT_COMPUTABLE and "7" in few.reason and few.p50 is None
    with pytest.raises(InputRejected, match="not a rate"):
        observed([15_000.0] * 9, [50.0] * 9, [0.0] * 9, 50.0, "rate")
    rate = observed([90.0, 95.0] * 10, [50.0] * 20, [0.0] * 20, 0.0, "rate")
    assert rate.p90 is not None and rate.p90 <= 100
