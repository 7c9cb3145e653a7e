"""`aoer backtest`: read a signals file, walk through it, write the predictions, print errors and coverage."""

import argparse
import csv
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from console.aoer.backtest import Walk, walk_forward
from console.aoer.panel import Panel, build_panel
from console.aoer.rating.settings import Floats
from console.aoer.signals_file import open_text, read_signals
from console.aoer.skill import Skill, measure
from console.errors import InputRejected, UsageError

HEADER = ("tenant", "date", "prediction", "low", "high", "risk", "classic", "equal_level")


def backtest_file(args: argparse.Namespace, out: Any) -> int:
    """Run one backtest; `out` is the command line's Output."""
    with open_text(args.signals) as lines:
        found = read_signals(lines, args.signals)
    if args.on_error == "abort":
        found.require_clean(args.signals)
    for rejection in found.rejected:
        out.note(f"left out: {rejection}")
    if not found.rows:
        raise InputRejected(f"{args.signals}: no row that can be used")
    panel = build_panel(found.rows)
    pooled = np.zeros(len(panel.tenants), dtype=bool) if args.no_pooling else None
    walk = walk_forward(panel, pooled)
    if args.out:
        write_walk(Path(args.out), panel, walk)
    _print(out, panel, walk, skill_of(panel, walk), args.out)
    return 0


def skill_of(panel: Panel, walk: Walk) -> Skill:
    """Skill of the calibrated rating and its rivals on the same readings."""
    order = ("classic", "last", "ewma", "equal_level", "prior_level")
    predictions = {"calibrated": walk.prediction} | {name: walk.rivals[name] for name in order}
    return measure(panel.y, predictions, walk.low, walk.high, walk.risk, walk.median)


def write_walk(path: Path, panel: Panel, walk: Walk) -> None:
    """One line a row of the panel, in date order; empty cells where nothing can be said."""
    columns: Sequence[Floats] = (
        walk.prediction,
        walk.low,
        walk.high,
        walk.risk,
        walk.rivals["classic"],
        walk.rivals["equal_level"],
    )
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            for row in range(len(panel)):
                cells = [_cell(column[row]) for column in columns]
                writer.writerow([panel.tenants[panel.tenant[row]], _day(panel, row).isoformat(), *cells])
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _day(panel: Panel, row: int) -> date:
    return date.fromordinal(int(panel.day[row]))


def _cell(value: float) -> str:
    return f"{value:.6f}" if np.isfinite(value) else ""


def _print(out: Any, panel: Panel, walk: Walk, skill: Skill, written: str | None) -> None:
    readings = int(np.isfinite(panel.y).sum())
    drifts = [
        {
            "tenant": panel.tenants[drift.row],
            "date": date.fromordinal(round(drift.week * 7)).isoformat(),
            "direction": "up" if drift.direction > 0 else "down",
        }
        for drift in walk.drifts
    ]
    if out.is_json:
        facts = {"tenants": len(panel.tenants), "rows": len(panel), "readings": readings, "out": written}
        out.json(_nulls(facts | asdict(skill) | {"risk_skill": skill.risk_skill, "drifts": drifts}))
        return
    out.line(f"{len(panel.tenants)} tenants, {len(panel)} rows, {readings} readings; {skill.n} compared")
    if not skill.n:
        out.note("no reading has an earlier one of the same tenant: errors cannot be measured")
    else:
        columns = ("model", "n", "rmse", "mae", "bias", "over equal+level")
        out.table(
            columns, [[e.model, e.n, *(f"{v:.3f}" for v in (e.rmse, e.mae, e.bias, e.ratio))] for e in skill.errors]
        )
        out.line(f"90 % interval: {skill.coverage:.3f} covered, {skill.width:.1f} points wide")
        constant = f"always saying {skill.drops:.3f}: {skill.climatology:.4f}"
        out.line(f"risk: Brier {skill.brier:.4f}, {constant}, skill {skill.risk_skill:+.3f}")
    out.line(f"{len(drifts)} drift alarms")
    if written:
        out.note(f"wrote {written}")


def _nulls(value: Any) -> Any:
    """NaN has no JSON: it becomes null."""
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _nulls(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_nulls(one) for one in value]
    return value
