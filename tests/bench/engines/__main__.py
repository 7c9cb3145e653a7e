"""Benchmarks of the delivery engines: python -m tests.bench.engines [PART ...] [--data DIR]

Parts: mdrp, routes, dispatch, risk; all without one. Prints a table a part and, last, pass or fail of every goal; the
exit code is 1 when one fails. Times mean something only on a quiet machine. DIR holds mdrplib, tsppdlib and lilim.
"""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.automation.shared import DATA
from tests.bench.engines import bench_dispatch, bench_mdrp, bench_risk, bench_routes
from tests.bench.engines.place import Check, verdict

PARTS: dict[str, Callable[[Path], list[Check]]] = {
    "mdrp": lambda data: bench_mdrp.measured(data / "mdrplib"),
    "routes": bench_routes.measured,
    "dispatch": lambda _data: asyncio.run(bench_dispatch.measured()),
    "risk": lambda data: bench_risk.measured(data / "mdrplib"),
}


def main() -> int:
    """Run the named parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--data", type=Path, default=DATA, help="third-party instances (default: AOER_TEST_DATA)")
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    checks: list[Check] = []
    for name in args.parts or PARTS:
        print(f"\n{name}")
        checks += PARTS[name](args.data)
    print()
    return verdict(checks)


if __name__ == "__main__":
    raise SystemExit(main())
