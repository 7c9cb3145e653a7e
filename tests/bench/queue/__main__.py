"""Benchmarks of the queue: `python -m tests.bench.queue [--quick]`; prints one table.

Needs the `bench` extra for the peers (they run on Python 3.12 and newer); absent ones are left out. Contestants run in
processes of their own against one server with durable commits, one after the other in each round, so that whatever else
the machine does hits all of them; figures are medians of the rounds and should be read as ratios. Each part (`--only`)
takes less than five minutes. The rated tenants have new readings in every round: nothing comes from the cache.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from statistics import median
from typing import Any

from tests.bench.queue import claims, enqueue, pickup
from tests.bench.queue.prepare import ROLE, Place, child, database, judged, queue_all, server

PEERS = {"pgqueuer": 1.0, "pgqueuer_default": 0.5, "oban": 0.25, "procrastinate": 0.05}
"""Peers and the share of our number of jobs that they get: rates are compared, not totals."""
Row = tuple[str, str, str]


def installed(peer: str) -> bool:
    """Whether the peer can be imported here."""
    return find_spec(peer.partition("_")[0]) is not None


PROCESSES = {
    "ours": ("ours", 1),
    "by_hand": ("by_hand", 1),
    "ours, two processes": ("ours", 2),
    "ours, one loop": ("ours_one_loop", 1),
    "ours, one loop in each of two": ("ours_one_loop", 2),
}
BARS = {"by_hand": 0.8, "pgqueuer": 2.0, "pgqueuer_default": 2.0, "oban": 2.0, "procrastinate": 2.0}


async def drains(place: Place, jobs: int, rounds: int) -> list[Row]:
    """Draining by one process and by two, interleaved with the peers."""
    found: dict[str, list[dict[str, float]]] = {}
    async with database(place, "ours", jobs) as name:
        for _ in range(rounds):
            for who, (contestant, processes) in PROCESSES.items():
                count = await queue_all(place, name)
                started = [child("contestant", contestant, place.dsn(name, ROLE), count) for _ in range(processes)]
                found.setdefault(who, []).append(await run(place, started, count))
            for peer, share in PEERS.items():
                if installed(peer):
                    async with database(place, "peer") as other:
                        part = max(200, int(jobs * share))
                        theirs = await run(place, [child("contestant", peer, place.dsn(other), part)], part)
                        found.setdefault(peer, []).append(theirs)
    rows = [_row(who, runs, ratio(found["ours"], runs)) for who, runs in found.items()]
    scaling = ratio(found["ours, one loop in each of two"], found["ours, one loop"])
    cpu = median(one["cpu"] for one in found["ours"]) * 1e6
    rows.append(("two processes / one, a loop in each", "", judged(f"{scaling:.2f}, bar 1.6", scaling >= 1.6)))
    rows.append(("client CPU a job", "", judged(f"{cpu:.0f} us, bar 60", cpu <= 60)))
    return rows


def ratio(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> float:
    """Median over the rounds of how many times quicker `ours` was in the same round."""
    return median(a["rate"] / b["rate"] for a, b in zip(ours, theirs, strict=True))


def _row(who: str, runs: list[dict[str, float]], quicker: float) -> Row:
    rate, cpu, server_cpu = (median(one[key] for one in runs) for key in ("rate", "cpu", "server"))
    told = f"{rate:,.0f} jobs/s, CPU us/job: client {cpu * 1e6:.0f}, server {server_cpu * 1e6:.0f}"
    text = f"ours / it = {quicker:.2f}"
    if who in BARS:
        text = judged(f"{text}, bar {BARS[who]:g}", quicker >= BARS[who])
    return f"drain: {who}", told, text


async def run(place: Place, processes: list[Any], jobs: int) -> dict[str, float]:
    """Start contestants that share `jobs` when all are ready; the slowest counts."""
    for process in processes:
        await asyncio.to_thread(process.stdout.readline)
    before = place.cpu()
    outputs = await asyncio.gather(*(asyncio.to_thread(process.communicate, "go\n") for process in processes))
    results = [json.loads(out[0].splitlines()[-1]) for out in outputs]
    return {
        "rate": jobs / max(result["seconds"] for result in results),
        "cpu": sum(result["cpu"] for result in results) / jobs,
        "server": (place.cpu() - before) / jobs,
    }


async def one_cycle(place: Place, tenants: int) -> list[Row]:
    """The six-hourly cycle over very many tenants: queued, then drained."""
    async with database(place, "many", tenants) as name:
        (result,) = [json.loads((await asyncio.to_thread(child("cycle", place.dsn(name, ROLE)).communicate))[0])]
    told = f"queued in {result['queued']:.1f} s, rated in {result['rated']:.1f} s"
    rate = f"{tenants / result['rated']:,.0f} jobs/s, bar 6 h"
    return [(f"{tenants:,} tenants in one cycle", told, judged(rate, result["queued"] + result["rated"] < 6 * 3600))]


async def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.queue", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the jobs, to see that it works")
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default="auto", help="major version of the embedded server")
    parser.add_argument("--only", choices=("drains", "enqueue", "pickup", "claims", "takes", "cycle"), action="append")
    args = parser.parse_args()
    jobs = args.jobs // 10 if args.quick else args.jobs
    parts: dict[str, Callable[[Place], Awaitable[list[Row]]]] = {
        "drains": lambda place: drains(place, jobs, args.rounds),
        "enqueue": lambda place: enqueue.measure(place, jobs, args.rounds),
        "pickup": lambda place: pickup.measure(place, 60 if args.quick else 300),
        "claims": lambda place: claims.measure(place, jobs, 30_000 if args.quick else 300_000, 5 if args.quick else 60),
        "takes": lambda place: claims.measure_takes(place, jobs, 5 if args.quick else 60),
        "cycle": lambda place: one_cycle(place, jobs * 5),
    }
    with server(args.server) as place:
        for name, part in parts.items():
            if not args.only or name in args.only:
                for what, value, told in await part(place):
                    print(f"{what:<42} {value:<62} {told}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
