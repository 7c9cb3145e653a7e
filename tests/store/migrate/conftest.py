"""A little set of migrations to break in every way."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from console.store.migrate import MigrationFile, discover

Write = Callable[..., tuple[MigrationFile, ...]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """write({"0001_a/2_tables/t.sql": "..."}) -> the files of all calls so far, as the runner takes them."""
    return partial(write_files, tmp_path / "migrations")


def write_files(top: Path, files: dict[str, str]) -> tuple[MigrationFile, ...]:
    """Add files to the migrations in `top`; all that are there now."""
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return discover.__wrapped__(top)


@pytest.fixture
async def admin(empty_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Superuser in an empty database."""
    connection = await asyncpg.connect(empty_dsn)
    yield connection
    connection.terminate()
