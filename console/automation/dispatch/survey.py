"""The ground of a live round: every place named by orders and drivers, with minutes from the travel source."""

from collections.abc import Sequence

from console.automation.dispatch.ground import Ground, key_of
from console.automation.dispatch.scoring import Candidate, Task
from console.automation.travel.circle import square_km
from console.automation.travel.model import Point, Town, TravelTimes


async def survey(tasks: Sequence[Task], crew: Sequence[Candidate], source: TravelTimes, hour: int) -> Ground:
    """Number the places and ask for the minutes between them, by vehicle."""
    index: dict[object, int] = {}
    points: list[Point] = []

    def number(spot: object) -> int:
        assert isinstance(spot, tuple)
        key = key_of(spot)
        if key not in index:
            index[key] = len(points)
            points.append((float(spot[0]), float(spot[1])))
        return index[key]

    every = [*tasks, *(task for one in crew for task in one.told)]
    for task in every:
        number(task.pickup)
    hubs = len(points)
    rides = [[number(spot) for spot in (task.pickup, *task.via, task.dropoff)] for task in every]
    places = {one.key: number(one.place) for one in crew}
    for one in crew:
        number(one.position)
    km = square_km(points)
    minutes = {}
    for vehicle in sorted({one.vehicle for one in crew}) or [""]:
        origins = list(dict.fromkeys(places[one.key] for one in crew if one.vehicle == vehicle))
        minutes[vehicle] = await source.town(Town(points, km, origins, range(hubs), rides), vehicle, hour)
    return Ground(index, minutes, km, hubs)
