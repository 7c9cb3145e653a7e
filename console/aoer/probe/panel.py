"""Frozen panels of prompts: canonical form, hash, and where they name the tenant themselves."""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from console.aoer.intent_rules import BRAND, LABELS, OWN_SITE, Names, normalise
from console.errors import Conflict, InputRejected

LONGEST: Final = 500
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question. `intent` and `monthly_volume` are stated or None."""

    text: str
    intent: str | None = None
    monthly_volume: int | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A version of a tenant's panel; what was asked under one hash can be compared over time."""

    version: int
    hash: str
    prompts: tuple[Prompt, ...]


def panel_hash(prompts: Sequence[Prompt]) -> str:
    """SHA-256 over the prompts in order, in one canonical form."""
    canonical = msgspec.json.encode([[one.text, one.intent, one.monthly_volume] for one in prompts])
    return hashlib.sha256(canonical).hexdigest()


def stored_panel(version: int, stored_hash: str, prompts: Sequence[Mapping[str, Any]]) -> Panel:
    """A panel as read back. Raises Conflict when its prompts are not those that were frozen."""
    read = tuple(Prompt(one["text"], one.get("intent"), one.get("monthly_volume")) for one in prompts)
    found = panel_hash(read)
    if found != stored_hash:
        raise Conflict(
            f"panel version {version} was edited after it was frozen: hash {found[:12]}, frozen as {stored_hash[:12]}",
            hint="freeze the prompts as a new version with --freeze; nobody was asked",
        )
    return Panel(version, stored_hash, read)


def names_tenant(prompt: Prompt, names: Names) -> bool:
    """Whether the prompt leaks the tenant's name: its answers say nothing about visibility."""
    normal = normalise(prompt.text, names)
    return BRAND in normal or OWN_SITE in normal


def read_prompts(lines: Iterable[str], name: str) -> tuple[Prompt, ...]:
    """Prompts of a file: a CSV with a column query (and intent, monthly_volume), else one prompt a line.

    Raises InputRejected naming the line.
    """
    rows = [line.rstrip("\r\n") for line in lines]
    header = next(csv.reader(rows[:1]), [])
    numbered: list[tuple[int, dict[str, str | None]]]
    if "query" in [cell.strip() for cell in header]:
        reader = csv.DictReader(rows)
        numbered = [(reader.line_num, row) for row in reader]
    else:
        numbered = [(number, {"query": row}) for number, row in enumerate(rows, 1)]
    prompts: dict[str, Prompt] = {}
    for number, cells in numbered:
        prompt = _prompt(cells, f"{name} line {number}")
        if prompt is None:
            continue
        if prompt.text in prompts:
            raise InputRejected(f"{name} line {number}: repeats {prompt.text!r}")
        prompts[prompt.text] = prompt
    if not 1 <= len(prompts) <= MOST:
        raise InputRejected(f"{name}: {len(prompts)} prompts; a panel has 1 to {MOST}")
    return tuple(prompts.values())


def _prompt(cells: Mapping[str, str | None], where: str) -> Prompt | None:
    text = " ".join((cells.get("query") or "").split())
    intent = (cells.get("intent") or "").strip() or None
    volume = (cells.get("monthly_volume") or "").strip()
    if not text:
        return None
    if len(text) > LONGEST:
        raise InputRejected(f"{where}: {len(text)} characters, at most {LONGEST}")
    if intent is not None and intent not in LABELS:
        raise InputRejected(f"{where}: {intent!r} is not one of {', '.join(LABELS)}")
    if volume and not volume.isdigit():
        raise InputRejected(f"{where}: {volume!r} is not a whole number")
    return Prompt(text, intent, int(volume) if volume else None)
