"""Measures of a replayed day, by the definitions of the meal delivery routing problem."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from console.automation.replay.instance import Instance
from console.automation.replay.simulate import Day


@dataclass(frozen=True, slots=True)
class Measures:
    """Minutes unless named otherwise; `undelivered` is a percentage, `cost` is pay per delivered order."""

    orders: int
    undelivered: float
    click_to_door_mean: float
    click_to_door_p90: float
    ready_to_pickup_mean: float
    ready_to_pickup_p90: float
    overage: float
    cost: float
    orders_per_bundle: float

    def as_dict(self) -> dict[str, float]:
        """Column name to value, rounded for print."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Linear interpolation between order statistics; 0 for no values."""
    if not values:
        return 0.0
    ranked = sorted(values)
    position = share * (len(ranked) - 1)
    low = int(position)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (position - low)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def measure(instance: Instance, day: Day) -> Measures:
    """Measures of `day`; pay is the larger of pay per order and the guarantee for the whole shift, per courier."""
    click, fresh = [], []
    served: Counter[int] = Counter()
    for bundle in day.assignments:
        for order, dropoff in zip(bundle.orders, bundle.dropoffs, strict=True):
            row = instance.orders[order]
            click.append(float(dropoff - row.placed))
            fresh.append(float(bundle.pickup - row.ready))
            served[bundle.courier] += 1
    rules = instance.parameters
    pay = sum(
        max(rules.pay_per_order * served[index], rules.pay_per_hour * (row.off - row.on) / 60.0)
        for index, row in enumerate(instance.couriers)
    )
    return Measures(
        orders=len(instance.orders),
        undelivered=100.0 * (len(instance.orders) - len(click)) / len(instance.orders),
        click_to_door_mean=_mean(click),
        click_to_door_p90=percentile(click, 0.9),
        ready_to_pickup_mean=_mean(fresh),
        ready_to_pickup_p90=percentile(fresh, 0.9),
        overage=_mean([max(0.0, value - rules.target) for value in click]),
        cost=pay / len(click) if click else 0.0,
        orders_per_bundle=len(click) / len(day.assignments) if day.assignments else 0.0,
    )
