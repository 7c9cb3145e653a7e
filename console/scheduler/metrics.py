"""A Prometheus text endpoint beside the headless scheduler: /metrics, /healthz, /readyz. Localhost by default."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from console import __version__
from console.errors import ConfigError, ConsoleError
from console.scheduler.embedded import Scheduler
from console.store.database import Database
from console.store.queries import queries

_log = logging.getLogger(__name__)
_QUEUE = queries("queue")
_SQL = queries("scheduler")
_MOST_HEADER_BYTES = 8192
_REQUEST_SECONDS = 5.0
_STATUS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Metrics:
    """Serves one small page per request and closes; nothing is kept between requests."""

    def __init__(self, db: Database, scheduler: Scheduler) -> None:
        self._db = db
        self._scheduler = scheduler
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises ConfigError when the port cannot be had."""
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=_MOST_HEADER_BYTES)
        except OSError as error:
            raise ConfigError(
                f"metrics cannot be served at {host}:{port}: {error.strerror or error}",
                hint="choose another --metrics-port",
            ) from error

    @property
    def port(self) -> int:
        """The port listened on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """End."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                request = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                code, body = await self._answer(*request[:2])
                head = f"HTTP/1.1 {code} {_STATUS[code]}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                writer.write(f"{head}Content-Length: {len(body.encode())}\r\nConnection: close\r\n\r\n{body}".encode())
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TypeError) as error:
            _log.debug("metrics request dropped: %s", error)
        finally:
            writer.close()

    async def _answer(self, method: str, path: str) -> tuple[int, str]:
        if method not in {"GET", "HEAD"}:
            return 405, "only GET\n"
        page = path.partition("?")[0]
        if page == "/healthz":
            return 200, "ok\n"
        if page == "/readyz":
            return (200, "ready\n") if self._scheduler.is_up else (503, f"not ready: {self._db.state.link}\n")
        if page != "/metrics":
            return 404, "see /metrics, /healthz, /readyz\n"
        try:
            return 200, "".join(await self._page())
        except ConsoleError as error:
            return 503, f"# {error}\n"

    async def _page(self) -> list[str]:
        lanes = await self._db.fetch(_QUEUE["depth"])
        rates = await self._db.fetch(_QUEUE["rates"], timedelta(minutes=1))
        cycles = await self._db.fetch(_SQL["cycles"])
        worker = self._scheduler.worker
        samples: list[tuple[str, str, dict[str, str], Any]] = [
            ("aoer_build_info", "gauge", {"version": __version__}, 1),
            ("aoer_up", "gauge", {}, int(self._scheduler.is_up)),
            ("aoer_scheduler_leads", "gauge", {}, int(self._scheduler.leads)),
            ("aoer_worker_jobs_completed_total", "counter", {}, worker.completed if worker else 0),
            *_lane_samples(lanes),
            *_rate_samples(rates),
            *_cycle_samples(cycles),
        ]
        return list(render(samples))


Sample = tuple[str, str, dict[str, str], Any]


def _lane_samples(lanes: list[Any]) -> Iterator[Sample]:
    for row in lanes:
        for state in ("queued", "running", "failed", "quarantined"):
            yield "aoer_queue_jobs", "gauge", {"lane": row["lane"], "status": state}, row[state]
        yield "aoer_queue_oldest_seconds", "gauge", {"lane": row["lane"]}, row["oldest_seconds"] or 0


def _rate_samples(rates: list[Any]) -> Iterator[Sample]:
    for row in rates:
        labels = {"lane": row["lane"], "kind": row["kind"]}
        for name in ("completed", "failed", "cancelled", "lost"):
            yield f"aoer_queue_{name}_last_minute", "gauge", labels, row[name]
        yield "aoer_queue_wait_ms_mean", "gauge", labels, row["mean_wait_ms"] or 0
        yield "aoer_queue_run_ms_mean", "gauge", labels, row["mean_run_ms"] or 0


def _cycle_samples(cycles: list[Any]) -> Iterator[Sample]:
    for row in cycles:
        labels = {"cycle": row["cycle"]}
        yield "aoer_cycle_enabled", "gauge", labels, int(row["desired"] == "enabled")
        yield "aoer_cycle_runs_total", "counter", labels, row["runs"]
        yield "aoer_cycle_failures_total", "counter", labels, row["failures"]
        yield "aoer_cycle_skipped_total", "counter", labels, row["skipped"]
        yield "aoer_cycle_last_seconds", "gauge", labels, row["last_seconds"] or 0
        if row["last_run_at"] is not None:
            yield "aoer_cycle_last_run_timestamp_seconds", "gauge", labels, row["last_run_at"].timestamp()


def render(samples: list[Sample]) -> Iterator[str]:
    """Samples (name, type, labels, value) in the text format, each name's together under its type."""
    names = dict.fromkeys(name for name, *_ in samples)
    for wanted in names:
        for n, (_, kind, labels, value) in enumerate([sample for sample in samples if sample[0] == wanted]):
            if n == 0:
                yield f"# TYPE {wanted} {kind}\n"
            marks = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"{wanted}{{{marks}}} {float(value):.10g}\n" if marks else f"{wanted} {float(value):.10g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
