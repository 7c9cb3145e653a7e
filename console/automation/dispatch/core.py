"""The decision of one moment: who carries what, what is settled now, what stays open, and why.

Pure: a moment goes in, an outcome comes out; no clock, no database, no randomness but the seed's. The live engine asks
it with rows of the database and its clock, the replay with a recorded day in memory and a clock of its own.

Commitment has two stages. A courier is *told* of a bundle shortly before it must set out; until the pickup the bundle
may still grow (and shrink, where withdrawing is allowed) but not move. The pickup ends all choice.
"""

import random
from collections.abc import Sequence

from console.automation.dispatch.commit import Committer
from console.automation.dispatch.demands import courier_of, demand_of, refusals
from console.automation.dispatch.evaluate import Evaluator
from console.automation.dispatch.explain import explain
from console.automation.dispatch.ground import Ground
from console.automation.dispatch.improve import improve, spread
from console.automation.dispatch.model import Bundle, Demand, Service, Weights
from console.automation.dispatch.moment import Draft, Moment, Outcome
from console.automation.dispatch.plan import Plan
from console.automation.dispatch.scoring import Candidate, Limits, Task

_MANY = 30
"""From so many new orders on they are given away together first, and only then improved one by one."""


class DispatchCore:
    """Decides moments of one ground. What it remembers between them are numbers and prices, never decisions."""

    def __init__(self, ground: Ground, limits: Limits, weights: Weights, began: float = float("-inf")) -> None:
        self.ground, self.limits, self.weights, self._began = ground, limits, weights, began
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._demands: dict[int, Demand] = {}
        self._tasks: dict[int, Task] = {}
        service = Service(limits.pickup_half, limits.dropoff_half)
        self._evaluator = Evaluator(self._demands, ground.tables, service, weights)
        self._evaluator.remoteness = ground.remoteness

    def decide(self, moment: Moment) -> Outcome:
        """The outcome of a moment."""
        crew = sorted(moment.crew, key=lambda one: one.key)
        open_tasks = sorted(moment.tasks, key=lambda one: one.key)
        for task in (*open_tasks, *(task for one in crew for task in one.told)):
            self._know(task)
        plan, fresh = self._laid_out(moment, open_tasks, crew)
        occasion = _occasion(open_tasks, crew)
        if fresh or plan.unserved or occasion != moment.draft.occasion:
            self._plan(plan, fresh, random.Random(f"{self.weights.seed}:{moment.draft.turn}"))
        committer = Committer(plan, self.limits, moment.now, self._keys, [one.key for one in crew])
        told, held = committer.settle()
        named = {task.key: task for task in open_tasks}
        picked = [named[key] for one in told for key in one.fresh if key in named]
        drivers = [one.driver for one in told for key in one.fresh if key in named]
        choices = explain(picked, drivers, crew, self.limits, self.ground, told, moment.now)
        unserved = tuple(self._keys[order] for order in sorted(plan.unserved))
        return Outcome(told, held, unserved, choices, Draft(self._trips(plan, crew), occasion, moment.draft.turn + 1))

    def _know(self, task: Task) -> None:
        number = self._numbers.get(task.key)
        if number is None:
            number = self._numbers[task.key] = len(self._keys)
            self._keys.append(task.key)
        if self._tasks.get(number) is not task and self._tasks.get(number) != task:
            if number in self._tasks:
                self._evaluator.forget(set(self._demands) - {number})
            self._demands[number] = demand_of(number, task, self.ground, self.weights, self._began)
        self._tasks[number] = task

    def _laid_out(self, moment: Moment, tasks: Sequence[Task], crew: Sequence[Candidate]) -> tuple[Plan, list[int]]:
        """The draft as far as it still holds, and the orders that are in none of its trips."""
        plan = Plan(self._evaluator)
        plan.now = moment.now
        waiting = {self._numbers[task.key] for task in tasks}
        refused = refusals(tasks, crew, self.limits, self.ground, self._numbers)
        for index, one in enumerate(crew):
            told = tuple(self._numbers[task.key] for task in one.told)
            courier = courier_of(index, one, told, moment.now, self.limits, self.ground, refused[index])
            if courier.free >= courier.off and not told:
                continue
            plan.add_courier(courier)
            plan.routes[index].bundles = self._bundles(moment.draft.trips.get(one.key, ()), told, waiting, index, plan)
        return plan, [order for order in sorted(waiting) if order not in plan.where]

    def _bundles(
        self, trips: Sequence[Sequence[str]], told: Sequence[int], waiting: set[int], key: int, plan: Plan
    ) -> list[Bundle]:
        courier = plan.routes[key].courier
        numbers = [[self._numbers[order] for order in trip if order in self._numbers] for trip in trips]
        bundles: list[Bundle] = []
        if told:
            with_them = next((trip for trip in numbers if not set(told).isdisjoint(trip)), [])
            numbers = [[*told, *(o for o in with_them if o not in told)], *(n for n in numbers if n is not with_them)]
        for trip in numbers:
            fits = [o for o in trip if o in told or (o in waiting and o not in plan.where and o not in courier.refuses)]
            if fits:
                bundles.append(self._evaluator.bundle(fits, courier.mode))
                plan.where.update(dict.fromkeys(fits, key))
        return bundles

    def _plan(self, plan: Plan, fresh: Sequence[int], dice: random.Random) -> None:
        self._evaluator.charge(self._busy_price(plan, len(fresh)))
        for key in plan.routes:
            plan.refresh(key)
        left = list(fresh)
        while len(left) >= _MANY:
            before, left = len(left), spread(plan, left)
            if len(left) == before:
                break
        plan.insert_all(left)
        improve(plan, self.weights.passes, self.weights.iterations, dice)

    def _busy_price(self, plan: Plan, fresh: int) -> float:
        """Price of a courier minute: rises with the orders that wait per courier at work."""
        waiting = len(plan.where) + len(plan.unserved) + fresh
        working = sum(1 for route in plan.routes.values() if route.courier.off > plan.now) or 1
        return self.weights.busy * (1.0 + self.weights.load * max(0.0, waiting / working - 0.5))

    def _trips(self, plan: Plan, crew: Sequence[Candidate]) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {
            crew[key].key: tuple(tuple(self._keys[order] for order in bundle.orders) for bundle in route.bundles)
            for key, route in plan.routes.items()
            if route.bundles
        }


def _occasion(tasks: Sequence[Task], crew: Sequence[Candidate]) -> object:
    """What must have changed for a plan to be worth another thought."""
    return (
        frozenset(task.key for task in tasks),
        frozenset((one.key, tuple(task.key for task in one.told)) for one in crew),
    )
