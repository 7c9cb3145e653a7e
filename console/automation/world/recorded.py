"""A recorded day from CSV files of orders and drivers, played at a chosen speed."""

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from console.automation.travel.circle import usable
from console.automation.world.model import NewDriver, NewIncident, NewOrder
from console.errors import InputRejected, NotFound

_DRIVER_COLUMNS = {"reference", "lat", "lon"}
_ORDER_COLUMNS = {"reference", "ready_at", "pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon"}


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of a CSV file, plain or gzip. Raises NotFound."""
    if not path.is_file():
        raise NotFound(f"{path} does not exist", hint="name CSV files of orders and drivers")
    packed = path.suffix == ".gz"
    with gzip.open(path, "rb") if packed else path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig") as text:
        reader = csv.DictReader(text)
        yield from ((reader.line_num, row) for row in reader)


class RecordedDay:
    """Orders and drivers of one or several files, told apart by their columns. `speed` 60 plays an hour in a minute."""

    def __init__(self, files: Sequence[Path], *, speed: float, promise_minutes: float, tag: str) -> None:
        self._speed, self._tag = speed, tag
        self._drivers: list[NewDriver] = []
        self.left_out: list[str] = []
        rows: list[tuple[datetime, NewOrder]] = []
        for path in files:
            for line, row in read_rows(path):
                self._read(path, line, row, rows, promise_minutes)
        if not rows:
            raise InputRejected("no orders in these files", hint=f"columns: {', '.join(sorted(_ORDER_COLUMNS))}")
        rows.sort(key=lambda pair: (pair[0], pair[1].reference))
        start = rows[0][0]
        self._queue = [((at - start).total_seconds() / 60.0 / speed, order) for at, order in rows]
        self._next = 0
        if not self._drivers:
            raise InputRejected("no drivers in these files", hint=f"columns: {', '.join(sorted(_DRIVER_COLUMNS))}")

    def _read(
        self, path: Path, line: int, row: dict[str, str], rows: list[tuple[datetime, NewOrder]], promise: float
    ) -> None:
        try:
            if row.keys() >= _ORDER_COLUMNS and not all(row[name] for name in _ORDER_COLUMNS):
                self.left_out.append(f"{path}:{line}: order {row['reference']} has no place or time")
            elif row.keys() >= _ORDER_COLUMNS:
                rows.append(self._order(row, promise))
            elif row.keys() >= _DRIVER_COLUMNS:
                self._drivers.append(self._driver(row))
            else:
                raise ValueError(f"neither an order nor a driver: columns {', '.join(map(str, row))}")
        except (ValueError, TypeError) as error:
            raise InputRejected(f"{path}:{line}: {error}") from error

    def _driver(self, row: dict[str, str]) -> NewDriver:
        place = (float(row["lat"]), float(row["lon"]))
        if not usable(*place):
            raise ValueError(f"driver {row['reference']} is nowhere: {place}")
        name, vehicle = row.get("name") or row["reference"], row.get("vehicle_type") or "car"
        return NewDriver(row["reference"], name, vehicle, int(row.get("capacity_orders") or 5), place)

    def _order(self, row: dict[str, str], promise: float) -> tuple[datetime, NewOrder]:
        ready = datetime.fromisoformat(row["ready_at"])
        told = row.get("promised_at")
        minutes = (datetime.fromisoformat(told) - ready).total_seconds() / 60.0 if told else promise
        pickup = (float(row["pickup_lat"]), float(row["pickup_lon"]))
        dropoff = (float(row["dropoff_lat"]), float(row["dropoff_lon"]))
        if not (usable(*pickup) and usable(*dropoff)):
            raise ValueError(f"order {row['reference']} has a place nowhere: {pickup} -> {dropoff}")
        order = NewOrder(
            reference=f"{row['reference']}-{self._tag}",
            service=row.get("service_type") or "standard",
            priority=row.get("priority") or "medium",
            pickup=pickup,
            pickup_name=row.get("pickup_name") or "",
            dropoff=dropoff,
            dropoff_name=row.get("dropoff_name") or "",
            ready=0.0,
            promise=minutes / self._speed,
            weight_kg=float(row.get("weight_kg") or 0.0),
            value=float(row.get("value") or 0.0),
        )
        return ready, order

    def drivers(self) -> list[NewDriver]:
        """Everybody, from the start."""
        return self._drivers

    def orders(self, elapsed: float) -> list[NewOrder]:
        """Orders that became ready since the last call."""
        first = self._next
        while self._next < len(self._queue) and self._queue[self._next][0] <= elapsed:
            self._next += 1
        return [order for _, order in self._queue[first : self._next]]

    def incident(self, _elapsed: float) -> NewIncident | None:
        """Recorded days have none."""
        return None

    def silent(self, _reference: str, _elapsed: float) -> bool:
        """Recorded phones always work."""
        return False

    def over(self, _elapsed: float) -> bool:
        """Whether all orders have been placed."""
        return self._next >= len(self._queue)
