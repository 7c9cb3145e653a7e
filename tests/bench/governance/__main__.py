"""Benchmarks of governance: `python -m tests.bench.governance [--quick] [--only PART]`; one table with pass or FAIL.

Every figure stands beside a peer of the same run, taken in turns on one server with durable commits; read the ratios.
Ten million rows are measured by `python -m tests.bench.governance.big`.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from tests.bench.governance import limits, policies, record
from tests.bench.governance.prepare import Row, show
from tests.bench.queue.prepare import Place, server


async def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.governance", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it works")
    parser.add_argument("--server", default="auto", help="major version of the embedded server")
    parser.add_argument("--data", metavar="DIR", help="where the server's files go for the time")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("policies", "record", "limits"), action="append")
    args = parser.parse_args()
    seconds, rounds = (1, 2) if args.quick else (4, 5)
    rows = 100_000 if args.quick else 1_000_000
    parts: dict[str, Callable[[Place], Awaitable[list[Row]]]] = {
        "policies": lambda place: policies.measure(place, rows, 50 if args.quick else 300),
        "record": lambda place: record.measure(place, seconds, rounds),
        "limits": lambda place: limits.measure(place, seconds, min(rounds, 3)),
    }
    failed = 0
    with server(args.server, args.data) as place:
        for name, part in parts.items():
            if not args.only or name in args.only:
                failed |= show(await part(place), args.json)
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
