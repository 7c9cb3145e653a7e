"""The six-hourly cycle in a process of its own: `python -m tests.bench.queue.cycle DSN`."""

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime

from console.config.settings import Settings, override
from console.queue.drain import drain
from console.queue.duties import recompute
from console.store.database import Database


async def main() -> None:
    """Queue and rate everybody."""
    logging.disable(logging.INFO)
    settings = override(Settings(), {"database.dsn": sys.argv[1]})
    async with Database.open(settings, application="bench") as db:
        begun = time.perf_counter()
        await recompute(db, settings, datetime.now(UTC))
        queued = time.perf_counter()
        await drain(db, settings)
        rated = time.perf_counter()
    print(json.dumps({"queued": queued - begun, "rated": rated - queued}))


if __name__ == "__main__":
    asyncio.run(main())
