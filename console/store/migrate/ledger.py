"""What the database says was applied, and how that compares with the files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from console.errors import ChecksumMismatch, DatabaseNewer, MigrationError
from console.store.migrate.plan import MigrationFile
from console.store.queries import queries

_SQL = queries("migrate")


@dataclass(frozen=True, slots=True)
class Applied:
    """A row of schema_migrations."""

    version: str
    stage: str
    file: str
    checksum: str
    status: str
    started_at: datetime
    duration_ms: int | None
    applied_by: str
    error: str | None
    program_version: str

    @property
    def name(self) -> str:
        return f"{self.version}/{self.stage}/{self.file}"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.version, self.stage, self.file


@dataclass(frozen=True, slots=True)
class Standing:
    """Files against ledger. `rows` is None when the database has no ledger at all."""

    rows: tuple[Applied, ...] | None
    pending: tuple[MigrationFile, ...]
    changed: tuple[MigrationFile, ...]
    unknown: tuple[str, ...]

    @property
    def unfinished(self) -> tuple[Applied, ...]:
        """Records of files that failed or were interrupted."""
        return tuple(row for row in self.rows or () if row.status != "applied")

    @property
    def current(self) -> bool:
        """Whether the schema is exactly this program's."""
        return not (self.pending or self.changed or self.unknown)

    def refuse(self) -> None:
        """Raise for what applying files cannot mend: changed files, and records of files that do not exist here."""
        if self.unknown:
            raise DatabaseNewer(
                f"the database has migrations that this program does not know: {_some(self.unknown)}",
                hint="use the newer program that made them",
            )
        if self.changed:
            names = [file.name for file in self.changed]
            raise ChecksumMismatch(
                f"applied migration files have changed since: {_some(names)}",
                hint="put the file back as it was and the change into a new version",
            )

    def require_current(self) -> None:
        """Raise MigrationError unless the schema is exactly this program's."""
        self.refuse()
        if self.rows is None:
            raise MigrationError("the database has no schema of this program", hint="run: aoer-console db migrate")
        if self.pending:
            names = [file.name for file in self.pending]
            raise MigrationError(
                f"the database lacks {len(names)} migration file{'s'[: len(names) > 1]}: {_some(names)}",
                hint="run: aoer-console db migrate",
            )


def assess(files: Sequence[MigrationFile], rows: Sequence[Applied] | None) -> Standing:
    """Compare. A failed or interrupted file is pending again, also after it was changed."""
    by_key = {row.key: row for row in rows or ()}
    applied = {key: row for key, row in by_key.items() if row.status == "applied"}
    known = {file.key for file in files}
    return Standing(
        rows=None if rows is None else tuple(rows),
        pending=tuple(file for file in files if file.key not in applied),
        changed=tuple(file for file in files if file.key in applied and applied[file.key].checksum != file.checksum),
        unknown=tuple(row.name for key, row in applied.items() if key not in known),
    )


async def read_standing(connection: asyncpg.Connection, files: Sequence[MigrationFile]) -> Standing:
    """One query. A database without a ledger is one where everything is pending."""
    try:
        rows = await connection.fetch(_SQL["read_ledger"])
    except asyncpg.UndefinedTableError:
        return assess(files, None)
    return assess(files, [Applied(**dict(row)) for row in rows])


def _some(names: Sequence[str], most: int = 3) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
