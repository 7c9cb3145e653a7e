"""`aoer probe`."""

import argparse
from typing import Any

from console.aoer.probe import service
from console.aoer.probe.engines import load_engines
from console.aoer.probe.panel import Panel, names_tenant, read_prompts
from console.aoer.signals_file import open_text
from console.aoer.tenant import Tenant, find_tenant
from console.cli.context import Context


async def probe(args: argparse.Namespace, context: Context) -> int:
    """Freeze a panel, show what a run would cost, or run it. Exit code 69 when every engine failed."""
    if args.freeze:
        with open_text(args.freeze) as lines:
            prompts = read_prompts(lines, args.freeze)
        async with context.database() as db:
            tenant = await find_tenant(db, args.tenant)
            panel = await service.freeze(db, context.actor(), tenant, prompts)
        _print_panel(context.out, tenant, panel)
        return 0
    engines = load_engines(args.engines or context.settings.aoer.engines)
    clients = service.make_clients(engines, args.engine)
    async with context.database(read_only=args.dry_run) as db:
        tenant = await find_tenant(db, args.tenant)
        if args.dry_run:
            return _dry_run(context.out, tenant, await service.newest_panel(db, tenant), clients)
        await _ask_limits(db, await service.newest_panel(db, tenant), clients)
        found = await service.run_probe(db, context.actor(), tenant, clients)
    _print(context.out, tenant, found)
    return 0 if any(run.answered for run in found.runs) else 69


async def _ask_limits(db: Any, panel: Panel, clients: list[Any]) -> None:
    """Every prompt to every engine is counted before the first is asked: a run is never refused half way, half paid."""
    from console.domain.limits import PROBE
    from console.governance.limits import take

    for client in clients:
        await take(db, PROBE, cost=len(panel.prompts), keys={"resource": client.engine.name})


def _print_panel(out: Any, tenant: Tenant, panel: Panel) -> None:
    branded = sum(names_tenant(prompt, tenant.names) for prompt in panel.prompts)
    facts = {"tenant": tenant.slug, "panel": panel.version, "hash": panel.hash, "prompts": len(panel.prompts)}
    out.record({**facts, "naming_the_tenant": branded})
    if branded:
        out.note(f"{branded} prompts name {tenant.name}: they are asked, but do not count for its visibility")


def _dry_run(out: Any, tenant: Tenant, panel: Panel, clients: list[Any]) -> int:
    if not out.is_json:
        _print_panel(out, tenant, panel)
    rows = []
    for client in clients:
        engine = client.engine
        cost = _money(service.expected_cost(panel, engine))
        rows.append([engine.name, engine.model, engine.surface, len(panel.prompts), cost])
    out.table(("engine", "model", "surface", "requests", "cost to expect"), rows)
    return 0


def _print(out: Any, tenant: Tenant, found: service.Probe) -> None:
    rows = [
        {
            "engine": run.engine.name,
            "surface": run.engine.surface,
            "status": run.status,
            "asked": len(run.answers),
            "answered": run.answered,
            "counted": run.counted,
            "named": run.mentioned,
            "share": run.share,
            "cost": run.cost,
            "cost_known": run.cost_known,
            "error": run.error,
        }
        for run in found.runs
    ]
    if out.is_json:
        facts = {"tenant": tenant.slug, "week": found.week, "panel": found.panel.version, "hash": found.panel.hash}
        reading = {"reading": found.reading, "sample": found.sample, "stored": found.stored}
        out.json({**facts, **reading, "engines": rows})
        return
    out.line(f"{tenant.name}: panel version {found.panel.version} ({found.panel.hash[:12]}), week of {found.week}")
    shown = [
        [*list(row.values())[:7], _share(run.share), _cost(run), run.error]
        for row, run in zip(rows, found.runs, strict=True)
    ]
    out.table(("engine", "surface", "status", "asked", "answered", "counted", "named", "share", "cost", "error"), shown)
    if found.reading is None:
        out.line("no reading: no engine answered a prompt that counts")
    else:
        kept = "stored" if found.stored else "not stored: the week has a reading from another source"
        out.line(f"visibility {found.reading:.1f} from {found.sample} answers ({kept})")


def _cost(run: service.EngineRun) -> str:
    return _money(run.cost) if run.cost_known or run.cost is None else f"at least {_money(run.cost)}"


def _share(value: Any) -> str | None:
    return None if value is None else f"{value:.3f}"


def _money(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
