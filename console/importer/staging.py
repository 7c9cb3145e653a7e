"""The staging table of one import: blocks go in through COPY, rows that turn out wrong come out as rejects."""

from collections.abc import AsyncIterator, Sequence

import asyncpg

from console.importer.header import Header
from console.importer.kinds import Kind
from console.importer.prepare import Prepared, pack
from console.importer.report import Reject
from console.store.queries import queries

SQL = queries("import")
_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Stage:
    """A temporary table on a connection of the import's own; it is gone with the connection."""

    def __init__(self, connection: asyncpg.Connection, kind: Kind, header: Header) -> None:
        self.connection = connection
        self.kind = kind
        self.header = header
        self._columns = ["line", *header.names]

    async def create(self) -> None:
        """Make it."""
        await self.connection.execute(SQL["session"])
        await self.connection.execute(SQL[f"{self.kind.name}_stage"])
        if not self.kind.fast:
            await self.connection.execute(SQL["map_tenants"])

    async def takes(self, block: Prepared) -> bool:
        """Copy a block; False where Postgres refused a value in it, and then nothing of the block is staged."""
        try:
            await self._copy(block.payload)
        except _REFUSED:
            return False
        return True

    async def rows(self, rows: Sequence[tuple[str, ...]]) -> AsyncIterator[Reject]:
        """Copy rows that were looked at cell by cell. Any that Postgres refuses all the same is found by halving."""
        if not rows:
            return
        try:
            await self._copy(pack(rows, self.header.delimiter))
        except _REFUSED as error:
            if len(rows) == 1:
                yield Reject(
                    int(rows[0][0]), "", self.header.delimiter.join(rows[0][1:]), f"refused by Postgres: {error}"
                )
                return
            middle = len(rows) // 2
            for half in (rows[:middle], rows[middle:]):
                async for reject in self.rows(half):
                    yield reject

    async def _copy(self, payload: bytes) -> None:
        if payload:
            await self.connection.copy_to_table(
                "import_stage",
                source=_whole(payload),
                columns=self._columns,
                format="csv",
                delimiter=self.header.delimiter,
                force_null=self._columns[1:],
            )

    async def remove(self, check: str, *args: object) -> AsyncIterator[Reject]:
        """Run a query of import.sql that deletes staged rows and says why; rows stream, however many they are."""
        async with self.connection.transaction():
            async for row in self.connection.cursor(SQL[check], *args, prefetch=1000):
                yield Reject(row["line"], row["column_name"], row["value"] or "", row["reason"])


async def _whole(payload: bytes) -> AsyncIterator[bytes]:
    """Handed over in one piece; a file object would be read on the pool's threads."""
    yield payload
