"""One import from the first byte to the audit row: read and stage, check, apply in one transaction, report."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import TextIO

import asyncpg

from console.domain.actor import Actor
from console.errors import PermissionDenied, UsageError
from console.importer.apply import Applied, apply
from console.importer.catalogue import kind, kinds
from console.importer.header import read_header
from console.importer.prepare import Prepared, Preparer
from console.importer.pump import aside, blocks
from console.importer.report import Rejects, Result
from console.importer.request import Request
from console.importer.source import open_source
from console.importer.staging import SQL, Stage
from console.store.database import Database
from console.store.translate import translated

Progress = Callable[[float], None]


async def run_import(
    db: Database, request: Request, actor: Actor, *, progress: Progress = lambda _: None, sink: TextIO | None = None
) -> Result:
    """Import a file. Rejected rows are in the result (and in `sink`, as CSV), not raised.

    Raises InputRejected for a file that cannot be read at all, NotFound, PermissionDenied, UsageError.
    """
    chosen = kind(request.kind, request.zone)
    if chosen.per_tenant and not request.tenant:
        raise UsageError(f"import {request.kind} needs --tenant", hint="name the tenant whose rows they are")
    if db.read_only:
        raise PermissionDenied("this session is read only", hint="start without --read-only")
    began = time.monotonic()
    with open_source(request.file) as source:
        given = ("tenant",) if request.tenant else ()
        first = await aside(source.header)
        header = read_header(chosen, first, file=source.name, given=given, ignored=request.ignored, others=kinds())
        rejects = Rejects(source.name, request.show_rejects, sink)
        result = Result(request.kind, source.name, dry_run=request.dry_run)
        async with _connection(db) as connection:
            if not await connection.fetchval(SQL["may_import"], chosen.table):
                raise PermissionDenied(f"{db.role} may not import {chosen.name}", hint="it needs operator access")
            stage = Stage(connection, chosen, header)
            await stage.create()
            result.read = await _load(stage, Preparer(chosen, header, source), rejects, progress)
            done = await apply(stage, request, actor, rejects, result.read)
    _conclude(result, done, rejects)
    result.seconds = time.monotonic() - began
    if result.applied:
        db.changed(*chosen.announces, *(("queue",) if result.queued else ()))
    return result


@asynccontextmanager
async def _connection(db: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own: its temporary tables and settings must not stay in the pool."""
    connection = await db.connect("import")
    try:
        with translated():
            yield connection
    finally:
        await connection.close(timeout=10)


async def _load(stage: Stage, preparer: Preparer, rejects: Rejects, progress: Progress) -> int:
    """Stage the whole file and return how many rows it has."""
    read = 0
    async with aclosing(blocks(preparer)) as prepared:
        async for block in prepared:
            read += block.read
            await _stage_block(stage, preparer, block, rejects)
            progress(float(preparer.source.position))
    return read


async def _stage_block(stage: Stage, preparer: Preparer, block: Prepared, rejects: Rejects) -> None:
    if block.doubtful is not None:
        if await stage.takes(block):
            return
        block = await aside(partial(preparer.carefully, block.doubtful))
    for faults in block.rejected:
        rejects.add(faults)
    async for reject in stage.rows(block.rows):
        rejects.add([reject])


def _conclude(result: Result, done: Applied, rejects: Rejects) -> None:
    result.inserted, result.updated, result.unchanged = done.inserted, done.updated, done.unchanged
    result.applied, result.queued = done.applied, done.queued
    if done.applied or result.dry_run:
        result.tenants_created, result.partitions_created = done.tenants_created, done.partitions_created
    else:
        result.inserted = result.updated = result.unchanged = 0
    result.rejected, result.rejects, result.reasons = rejects.rows, rejects.kept, dict(rejects.reasons.most_common(20))
