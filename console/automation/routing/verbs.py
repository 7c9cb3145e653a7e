"""What people do with routes."""

from collections.abc import Mapping
from typing import Any

from console.automation.routing.cycle import optimise_tenant
from console.domain.text import as_id
from console.errors import Conflict, NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("dispatch")
_ROUTING = queries("routing")


async def driver_named(db: Database, name: str) -> Any:
    """The driver of that name, reference or id, of whatever tenant. Raises NotFound or Conflict."""
    rows = await db.fetch(_SQL["find_driver"], name, as_id(name), None)
    if not rows:
        raise NotFound(f"there is no driver {name!r}", hint="list them with: aoer-console drivers list")
    if len(rows) > 1:
        raise Conflict(f"several drivers are called {name!r}", hint="name one by its id")
    return rows[0]


async def optimise_driver(db: Database, settings: Any, name: str, *, force: bool = False) -> Mapping[str, Any]:
    """Improve one driver's route now; `force` applies any gain."""
    driver = await driver_named(db, name)
    hour = await db.fetchval(_ROUTING["hour"], driver["tenant_id"])
    stats = await optimise_tenant(db, settings, driver["tenant_id"], hour, only=[driver["id"]], force=force)
    db.changed("orders")
    return {"driver": driver["name"], **stats}
