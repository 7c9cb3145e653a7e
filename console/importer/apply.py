"""Staged rows into the tables: tenants found or made, set-based checks, insert, update, audit; one transaction."""

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from console.domain.actor import Actor
from console.errors import Conflict, NotFound, PermissionDenied
from console.importer.report import Rejects
from console.importer.request import Request
from console.importer.staging import SQL, Stage
from console.store.queries import queries

ATTEMPTS = 3


@dataclass(slots=True)
class Applied:
    """What applying did, or would have done where `applied` is False."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    applied: bool = False
    tenants_created: list[str] = field(default_factory=list)
    partitions_created: int = 0
    queued: int = 0


async def apply(stage: Stage, request: Request, actor: Actor, rejects: Rejects, read: int) -> Applied:
    """Check what is staged and write it. Rolls back after a dry run, and with `abort` when any row was rejected."""
    done = Applied()
    transaction = stage.connection.transaction()
    await transaction.start()
    try:
        await stage.connection.execute(
            queries("store")["set_actor"], actor.os_user, str(actor.origin), actor.reason, actor.request_id
        )
        work = _Tenants(stage, request, rejects) if request.kind == "tenants" else _Rows(stage, request, rejects)
        await work.check(done)
        if request.abort and rejects.rows:
            await work.refuse_duplicates()
        else:
            await work.write(done, read)
        done.applied = not request.dry_run and not (request.abort and rejects.rows)
        if done.applied:
            await _conclude(stage, request, done, rejects)
    except BaseException:
        if not stage.connection.is_closed():
            await transaction.rollback()
        raise
    if done.applied:
        await transaction.commit()
    else:
        await transaction.rollback()
    return done


async def _conclude(stage: Stage, request: Request, done: Applied, rejects: Rejects) -> None:
    """The audit rows, and recomputes for the tenants whose rows changed."""
    connection = stage.connection
    tenants: list[UUID] = [row["tenant_id"] for row in await connection.fetch(SQL["mapped_tenants"])]
    counts = {
        "file": request.file,
        "inserted": done.inserted,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "rejected": rejects.rows,
        "tenants": len(tenants),
        "tenants_created": len(done.tenants_created),
    }
    outcome = "partial" if rejects.rows else "done"
    one = tenants[0] if len(tenants) == 1 else None
    await connection.execute(SQL["audit"], one, request.kind, request.file, counts, outcome)
    if len(tenants) > 1:
        await connection.execute(SQL["audit_each"], request.kind, request.file, outcome)
    if request.enqueue and done.inserted + done.updated and await connection.fetchval(SQL["queue_available"]):
        done.queued = await connection.fetchval(SQL["enqueue"])


class _Rows:
    """Rows that belong to tenants: signals, queries, drivers, orders."""

    def __init__(self, stage: Stage, request: Request, rejects: Rejects) -> None:
        self.stage = stage
        self.request = request
        self.rejects = rejects
        self.kind = stage.kind
        self.connection = stage.connection
        self._duplicates_refused = False

    async def refuse(self, check: str, *args: object) -> None:
        """Delete staged rows by a check and report them."""
        async for reject in self.stage.remove(check, *args):
            self.rejects.add([reject])

    async def refuse_duplicates(self) -> None:
        """Keys that are in the file twice: the first row counts, the others are refused."""
        if not self._duplicates_refused:
            self._duplicates_refused = True
            # Rows of per-tenant kinds are all of one tenant, so their check needs none.
            args = () if self.kind.per_tenant else (self.request.tenant,)
            await self.refuse(f"{self.kind.name}_duplicates", *args)

    async def check(self, done: Applied, /) -> None:
        """Tenants first, then what else only the database can tell."""
        await self._map_tenants(done)
        for check in self.kind.checks:
            await self.refuse(check, self.request.future_days if check == "signals_future" else self.request.tenant)

    async def _map_tenants(self, done: Applied) -> None:
        given: list[str] = []
        if not self.kind.per_tenant and "tenant" in self.stage.header.names:
            if self.request.tenant:
                await self.refuse("reject_other_tenants", self.request.tenant)
            given = [row["tenant"] for row in await self.connection.fetch(SQL["given_tenants"])]
        names = {*given, self.request.tenant} - {None}
        await self.connection.execute(SQL["find_tenants"], sorted(str(name) for name in names))
        unknown = [row["given"] for row in await self.connection.fetch(SQL["unknown_tenants"])]
        if unknown:
            done.tenants_created = await self._create(unknown)
        watched = await self.connection.fetch(SQL["watch_tenants"])
        if not self.kind.per_tenant:
            await self.refuse("reject_tenants", self.request.tenant)
        elif watched:
            raise PermissionDenied(
                f"this role may not write for {self.request.tenant}",
                hint="an admin of the tenant can grant operator access",
            )
        elif not await self.connection.fetch(SQL["mapped_tenants"]):
            raise NotFound(
                f"no tenant {self.request.tenant!r}, and this role may not create one",
                hint="give the slug of a tenant, or ask an admin to add it",
            )

    async def _create(self, names: list[str]) -> list[str]:
        """Make tenants; none where this role may not, and their rows are refused then."""
        try:
            async with self.connection.transaction():
                return [row["given"] for row in await self.connection.fetch(SQL["create_tenants"], names)]
        except asyncpg.InsufficientPrivilegeError:
            return []

    async def write(self, done: Applied, read: int) -> None:
        """Insert what is new, update what differs, leave the rest untouched."""
        if self.kind.name == "queries":
            done.partitions_created = await self.connection.fetchval(SQL["queries_partitions"])
        done.inserted = await self._insert()
        if done.inserted < read - self.rejects.rows:
            await self.refuse_duplicates()
            tag = await self.connection.execute(
                SQL[f"{self.kind.name}_update"], self.request.tenant, list(self.stage.header.names)
            )
            done.updated = affected(tag)
        done.unchanged = read - self.rejects.rows - done.inserted - done.updated
        for step in self.kind.after:
            await self.connection.execute(SQL[step], self.request.tenant, f"import of {self.request.file}")

    async def _insert(self) -> int:
        for _ in range(ATTEMPTS):
            try:
                async with self.connection.transaction():
                    return await self._insert_new()
            except asyncpg.UniqueViolationError:
                # Twice in the file; or somebody inserted the same key since: then the next attempt sees it.
                await self.refuse_duplicates()
        raise Conflict("others keep inserting the same rows", hint="run the import again")

    async def _insert_new(self) -> int:
        statement = SQL[f"{self.kind.name}_insert"]
        if self.kind.fast:
            return int(await self.connection.fetchval(statement, self.request.tenant))
        return affected(await self.connection.execute(statement, self.request.tenant))


class _Tenants(_Rows):
    """Tenants themselves."""

    async def check(self, _done: Applied, /) -> None:
        """Slugs and names must each mean one tenant."""
        await self.refuse("tenants_slug_form")
        await self.connection.execute(SQL["tenants_resolve"])
        await self.refuse("tenants_ambiguous")

    async def refuse_duplicates(self) -> None:
        """Two rows about one tenant."""
        await self.refuse("tenants_duplicates")

    async def write(self, done: Applied, read: int) -> None:
        """Make the new ones, then bring all of them to what the file says."""
        await self.refuse_duplicates()
        if self.request.abort and self.rejects.rows:
            return
        made = await self.connection.fetch(SQL["tenants_insert"])
        await self.refuse("tenants_taken")
        done.tenants_created = [row["name"] for row in made if row["created"]]
        done.inserted = len(done.tenants_created)
        done.updated = await self.connection.fetchval(SQL["tenants_update"], list(self.stage.header.names))
        done.unchanged = read - self.rejects.rows - done.inserted - done.updated


def affected(tag: str) -> int:
    """The number of rows in a command tag such as `INSERT 0 12`."""
    return int(tag.rpartition(" ")[2])
