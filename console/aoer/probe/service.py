"""A probe run: check the panel, ask the engines, store answers, queries and the reading of the week."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from console.aoer.probe.client import Answer, EngineClient
from console.aoer.probe.engines import Engine, environment
from console.aoer.probe.panel import Panel, Prompt, names_tenant, panel_hash, stored_panel
from console.aoer.probe.reading import Reading, read_answer
from console.aoer.tenant import Tenant
from console.domain.actor import Actor
from console.domain.text import clean
from console.errors import NotFound
from console.store.database import Database
from console.store.queries import queries

_SQL = queries("aoer")


@dataclass(frozen=True, slots=True)
class EngineRun:
    """One engine's part of a run. `mentioned` and `share` are None where no unbranded prompt was answered.

    `cost` is that of the answers whose price is known; `cost_known` says whether that is all of them.
    """

    engine: Engine
    started_at: datetime
    finished_at: datetime
    answers: tuple[tuple[Answer, Reading | None], ...]
    counted: int
    mentioned: int | None
    cost: float | None
    cost_known: bool

    @property
    def answered(self) -> int:
        """Prompts that were answered."""
        return sum(reading is not None for _, reading in self.answers)

    @property
    def status(self) -> str:
        """complete, partial or failed."""
        if not self.answered:
            return "failed"
        return "complete" if self.answered == len(self.answers) else "partial"

    @property
    def share(self) -> float | None:
        """Share of answers that name the tenant, 0..1."""
        return None if self.mentioned is None or not self.counted else self.mentioned / self.counted

    @property
    def error(self) -> str | None:
        """The most common failure."""
        errors = Counter(answer.error for answer, _ in self.answers if answer.error)
        return errors.most_common(1)[0][0] if errors else None


@dataclass(frozen=True, slots=True)
class Probe:
    """All engines of one run. `reading` 0..100 with its `sample` of answers; None where nobody answered."""

    panel: Panel
    week: date
    runs: tuple[EngineRun, ...]
    reading: float | None
    sample: int
    stored: bool


async def freeze(db: Database, actor: Actor, tenant: Tenant, prompts: Sequence[Prompt]) -> Panel:
    """Store prompts as the next version of the tenant's panel; earlier ones are kept and no longer asked."""
    document = [{"text": p.text, "intent": p.intent, "monthly_volume": p.monthly_volume} for p in prompts]
    found = panel_hash(prompts)
    async with db.transaction(actor) as connection:
        version = await connection.fetchval(_SQL["next_panel_version"], tenant.id)
        await connection.execute(_SQL["store_panel"], tenant.id, version, found, document, {})
        await connection.execute(_SQL["retire_panels"], tenant.id, version)
        after = {"version": version, "hash": found, "prompts": len(prompts)}
        await connection.execute(
            _SQL["audit"], tenant.id, "aoer.freeze_panel", "panel", str(version), None, after, "done"
        )
    return Panel(version, found, tuple(prompts))


async def newest_panel(db: Database, tenant: Tenant) -> Panel:
    """The panel in use. Raises NotFound without one and Conflict when it was edited."""
    row = await db.fetchrow(_SQL["panel"], tenant.id, None)
    if row is None:
        raise NotFound(
            f"{tenant.name} has no panel of prompts", hint="freeze one: aoer-console aoer probe TENANT --freeze FILE"
        )
    return stored_panel(row["version"], row["hash"], row["prompts"])


def expected_cost(panel: Panel, engine: Engine) -> float | None:
    """Cost of a run to expect: about four characters a token, and the answer length that is configured."""
    tokens = sum(len(prompt.text) // 4 + 10 for prompt in panel.prompts)
    return engine.cost(tokens, engine.answer_tokens * len(panel.prompts))


async def run_probe(
    db: Database, actor: Actor, tenant: Tenant, clients: Sequence[EngineClient], today: date | None = None
) -> Probe:
    """Ask every engine the newest panel and store what came. A failed engine stays without a share, never 0."""
    panel = await newest_panel(db, tenant)
    day = today or datetime.now(UTC).date()
    week = day - timedelta(days=day.weekday())
    runs = tuple(await asyncio.gather(*(ask(client, panel, tenant) for client in clients)))
    counted = sum(run.counted for run in runs)
    reading = 100.0 * sum(run.mentioned or 0 for run in runs) / counted if counted else None
    stored = await _store(db, actor, tenant, panel, week, runs, reading, counted)
    db.changed("summary")
    return Probe(panel, week, runs, reading, counted, stored)


def make_clients(engines: Sequence[Engine], only: Sequence[str] | None) -> list[EngineClient]:
    """Clients of the chosen engines. Raises NotFound for an unknown name."""
    known = {engine.name: engine for engine in engines}
    for name in only or ():
        if name not in known:
            raise NotFound(f"no engine is called {name!r}", hint=f"configured: {', '.join(known)}")
    chosen = [known[name] for name in only] if only else list(engines)
    return [EngineClient(engine, engine.key(environment())) for engine in chosen]


async def ask(client: EngineClient, panel: Panel, tenant: Tenant) -> EngineRun:
    """One engine's answers to a panel, read for the tenant. Prompts that name the tenant do not count."""
    started = datetime.now(UTC)
    answers = await client.ask_all(panel.prompts)
    read = [(answer, _read(answer, tenant)) for answer in answers]
    fair = [reading for answer, reading in read if reading and not names_tenant(answer.prompt, tenant.names)]
    costs = [_cost(client.engine, answer) for answer in answers if answer.completion]
    known = [cost for cost in costs if cost is not None]
    return EngineRun(
        engine=client.engine,
        started_at=started,
        finished_at=datetime.now(UTC),
        answers=tuple(read),
        counted=len(fair),
        mentioned=sum(reading.mentioned for reading in fair) if fair else None,
        cost=sum(known) if known else None,
        cost_known=len(known) == len(costs),
    )


def _read(answer: Answer, tenant: Tenant) -> Reading | None:
    if answer.completion is None:
        return None
    done = answer.completion
    return read_answer(done.text, done.urls, tenant.name, tenant.names, tenant.competitors)


def _cost(engine: Engine, answer: Answer) -> float | None:
    done = answer.completion
    return engine.cost(done.prompt_tokens, done.answer_tokens) if done else None


async def _store(
    db: Database,
    actor: Actor,
    tenant: Tenant,
    panel: Panel,
    week: date,
    runs: Sequence[EngineRun],
    reading: float | None,
    sample: int,
) -> bool:
    """Everything of a run in one transaction. Returns whether the reading was stored."""
    stored = False
    async with db.transaction(actor) as connection:
        for run in runs:
            await _store_run(connection, tenant, panel, week, run)
        await connection.execute(_SQL["ensure_query_partition"], week)
        await connection.executemany(_SQL["store_probed_query"], _query_rows(tenant, panel, week, runs))
        if reading is not None:
            source = f"probe panel v{panel.version}"
            tag = await connection.execute(_SQL["store_reading"], tenant.id, week, reading, sample, source)
            stored = not tag.endswith(" 0")
        after = {"panel": panel.version, "engines": {run.engine.name: run.status for run in runs}, "sample": sample}
        await connection.execute(_SQL["audit"], tenant.id, "aoer.probe", "panel", panel.hash, None, after, "done")
    return stored


async def _store_run(connection: Any, tenant: Tenant, panel: Panel, week: date, run: EngineRun) -> None:
    branded = sum(names_tenant(prompt, tenant.names) for prompt in panel.prompts)
    run_id: UUID = await connection.fetchval(
        _SQL["store_run"],
        tenant.id,
        panel.version,
        panel.hash,
        run.engine.name,
        week,
        run.status,
        len(run.answers),
        run.answered,
        run.mentioned,
        run.cost,
        run.error,
        run.started_at,
        run.finished_at,
        {
            "surface": run.engine.surface,
            "counted": run.counted,
            "branded_prompts": branded,
            "cost_known": run.cost_known,
        },
    )
    rows = [_answer_row(tenant, run_id, run.engine, answer, reading) for answer, reading in run.answers]
    await connection.executemany(_SQL["store_answer"], rows)


def _answer_row(
    tenant: Tenant, run_id: UUID, engine: Engine, answer: Answer, reading: Reading | None
) -> tuple[Any, ...]:
    done = answer.completion
    return (
        tenant.id,
        run_id,
        answer.prompt.text,
        engine.name,
        (done.model or engine.model) if done else None,
        answer.asked_at,
        answer.hash,
        [clean(url) for url in reading.urls] if reading else [],
        reading.mentions if reading else {},
        reading.mentioned if reading else None,
        reading.position if reading else None,
        reading.cited if reading else None,
        done.prompt_tokens if done else None,
        done.answer_tokens if done else None,
        _cost(engine, answer),
        answer.attempts,
        clean(answer.error)[:500] if answer.error else None,
    )


def _query_rows(tenant: Tenant, panel: Panel, week: date, runs: Sequence[EngineRun]) -> list[tuple[Any, ...]]:
    """One row a prompt that anybody answered: an answer stood there, whatever it said."""
    rows: list[tuple[Any, ...]] = []
    for place, prompt in enumerate(panel.prompts):
        heard = [(run, *run.answers[place]) for run in runs]
        read = [(run, answer, reading) for run, answer, reading in heard if reading is not None]
        if not read:
            continue
        mentions: Counter[str] = Counter()
        for _, _, reading in read:
            mentions.update(reading.mentions)
        lengths = [a.completion.answer_tokens for _, a, _ in read if a.completion and a.completion.answer_tokens]
        data = {
            "mentions": {brand: mentions[brand] for brand in read[0][2].mentions},
            "mention_position": min((r.position for _, _, r in read), key=("top", "mid", "bottom", "none").index),
            "panel_version": panel.version,
            "answers": len(read),
        }
        rows.append(
            (
                tenant.id,
                prompt.text,
                week,
                prompt.intent,
                prompt.monthly_volume,
                True,
                "top",
                any(reading.cited for _, _, reading in read),
                round(sum(lengths) / len(lengths)) if lengths else None,
                "+".join(run.engine.name for run, _, _ in read)[:100],
                max(answer.asked_at for _, answer, _ in read),
                data,
            )
        )
    return rows
