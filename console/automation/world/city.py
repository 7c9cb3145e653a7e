"""A generated city: kitchens, an evening's orders, jams, and drivers who lose their phones."""

import math
import random

from console.automation.travel.model import Point
from console.automation.world.model import NewDriver, NewIncident, NewOrder

CENTRE = (52.3702, 4.8952)
_KM = 111.2
_FIRST = tuple("Ada Ben Cai Dee Eva Finn Gus Hana Ivo Jin Kim Lea Max Nia Oto Pia Quin Rui Sia Tom Uma Val".split())  # noqa: SIM905
_DISHES = ("Noodle House", "Curry Corner", "Pizza Nord", "Salad Works", "Burger Barn", "Sushi Quay", "Taco Stop")
_STREETS = ("Canal Street", "Mill Lane", "Harbour Road", "Park Avenue", "Station Square", "Church Walk", "Garden Row")
_JAMS = (
    ("accident", "HIGH", "Collision, two lanes blocked"),
    ("construction", "MEDIUM", "Road works"),
    ("road_closure", "SEVERE", "Street closed for an event"),
    ("congestion", "MEDIUM", "Rush-hour traffic"),
)


class City:
    """Orders come at random (Poisson), `rate` a minute. Same seed, same city; `tag` begins the orders' references."""

    def __init__(
        self,
        seed: int = 1,
        *,
        drivers: int = 22,
        rate: float = 6.0,
        radius_km: float = 3.0,
        speed: float = 6.0,
        tag: str = "",
    ) -> None:
        self._dice = random.Random(seed)
        self._rate, self._radius, self._speed = rate, radius_km, speed
        self._count = drivers
        self._made = 0
        self._until = 0.0
        self._jam_at = 1.0
        self._crew, self._tag = f"D{seed}", tag or f"D{seed}"
        self._kitchens = [(name, self._spot(0.6)) for name in _DISHES]

    def _spot(self, share: float = 1.0) -> Point:
        """A place within a share of the radius, denser in the middle."""
        away = self._radius * share * math.sqrt(self._dice.random())
        angle = self._dice.random() * 2 * math.pi
        north, east = away * math.cos(angle), away * math.sin(angle)
        return CENTRE[0] + north / _KM, CENTRE[1] + east / (_KM * math.cos(math.radians(CENTRE[0])))

    def drivers(self) -> list[NewDriver]:
        """The crew."""
        crew = []
        for index in range(self._count):
            vehicle = self._dice.choice(["bike", "motorbike", "motorbike", "car"])
            name = f"{_FIRST[index % len(_FIRST)]} {chr(65 + index // len(_FIRST))}."
            crew.append(NewDriver(f"{self._crew}-{index + 1:02d}", name, vehicle, 4, self._spot()))
        return crew

    def orders(self, elapsed: float) -> list[NewOrder]:
        """Orders placed since the last call; the first call finds an evening that has begun already."""
        made = [self._order() for _ in range(self._count // 2)] if not self._made else []
        while self._until <= elapsed:
            self._until += self._dice.expovariate(self._rate)
            made.append(self._order())
        return made

    def _order(self) -> NewOrder:
        self._made += 1
        dice, kitchen = self._dice, self._dice.choice(self._kitchens)
        ready = dice.uniform(2.0, 14.0) / self._speed
        patience = dice.choices([15.0, 25.0, 35.0, 60.0], [1, 3, 4, 4])[0]
        return NewOrder(
            reference=f"{self._tag}-{self._made:05d}",
            service="express" if patience < 40 else "standard",
            priority=dice.choices(["urgent", "high", "medium", "low"], [1, 3, 12, 2])[0],
            pickup=kitchen[1],
            pickup_name=kitchen[0],
            dropoff=self._spot(),
            dropoff_name=f"{dice.choice(_STREETS)} {dice.randrange(1, 120)}",
            ready=ready,
            promise=ready + 2.0 + patience / self._speed,
            weight_kg=round(dice.uniform(0.3, 6.0), 1),
            value=round(dice.uniform(9.0, 80.0), 2),
        )

    def incident(self, elapsed: float) -> NewIncident | None:
        """A jam now and then."""
        if elapsed < self._jam_at:
            return None
        self._jam_at = elapsed + self._dice.uniform(1.5, 3.5)
        kind, severity, words = self._dice.choice(_JAMS)
        street = self._dice.choice(_STREETS)
        return NewIncident(self._spot(0.7), self._dice.choice([300, 500, 800]), severity, kind, f"{words}, {street}")

    def silent(self, reference: str, elapsed: float) -> bool:
        """One driver in twelve loses the phone for a while."""
        number = int(reference.rpartition("-")[2])
        return number % 12 == 5 and (elapsed % 8.0) > 3.0

    def over(self, _elapsed: float) -> bool:
        """A city never ends."""
        return False
