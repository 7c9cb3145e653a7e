"""The migration files of this program: `sql/migrations/<NNNN_name>/<stage>/<file>.sql`."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from console.errors import MigrationError
from console.store import files

PRELUDE = "0_prelude"
STAGES = (
    PRELUDE,
    "1_sequences",
    "2_tables",
    "3_columns",
    "4_views",
    "5_functions",
    "6_triggers",
    "7_indexes",
    "8_constraints",
    "9_security",
)
"""In the order of application. The prelude (roles) runs as whoever migrates, all others as the schema's owner."""

_VERSION = re.compile(r"\d{4}_[a-z0-9_]+\Z")


@dataclass(frozen=True, slots=True, order=True)
class MigrationFile:
    """One file; sorts in the order of application."""

    version: str
    stage: str
    file: str
    checksum: str
    text: str

    @property
    def name(self) -> str:
        """version/stage/file."""
        return f"{self.version}/{self.stage}/{self.file}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The primary key of its record."""
        return self.version, self.stage, self.file


@cache
def discover(top: Path | None = None) -> tuple[MigrationFile, ...]:
    """All files below `top` (default: this program's) in the order of application.

    Raises MigrationError for directories that fit the scheme nowhere: they would silently not be applied.
    """
    top = top or files.migrations()
    found: list[MigrationFile] = []
    versions = sorted(entry for entry in top.iterdir() if entry.is_dir()) if top.is_dir() else []
    for version in versions:
        if not _VERSION.match(version.name):
            raise MigrationError(f"{version} is no version: it must look like 0001_base")
        for stage in sorted(entry for entry in version.iterdir() if entry.is_dir()):
            if stage.name not in STAGES:
                raise MigrationError(f"{stage} is no stage; stages are {', '.join(STAGES)}")
            found += [_read(path) for path in sorted(stage.glob("*.sql"))]
    numbers = [version.name[:4] for version in versions]
    for number in numbers:
        if numbers.count(number) > 1:
            raise MigrationError(f"two versions are numbered {number}")
    return tuple(found)


def _read(path: Path) -> MigrationFile:
    # Line ends may change on the way through git or an archive; the meaning does not.
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return MigrationFile(path.parent.parent.name, path.parent.name, path.name, checksum, text)
