"""A server and a fleet for each fault. AOER_FAULTS=long runs every fault for as long as it is meant to last."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.faults.fleet import Fleet, Server

TENANTS = 60
LONG = os.environ.get("AOER_FAULTS") == "long"


def lasting(short: float, long: float) -> float:
    """How long or how often, by AOER_FAULTS."""
    return long if LONG else short


@pytest.fixture(scope="session")
def crashable() -> Iterator[Server]:
    """A server for the faults alone: it is crashed again and again."""
    directory = Path(tempfile.mkdtemp(prefix="aoer-fault-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))
    directory.chmod(0o755)
    server = Server(directory)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
async def fault_server(crashable: Server) -> Server:
    """That server with a fresh database."""
    await crashable.prepare(TENANTS)
    return crashable


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Processes that end with the test."""
    with Fleet(tmp_path).ended() as found:
        yield found
