"""Colours by role, and the proof that they can be read.

A role is what a piece of text means ("bad", "dim", "key"), a surface is what it is painted on. Every role of every
palette keeps a WCAG 2 contrast of at least 7:1 (AAA) on every surface; `pairs` lists what a test walks over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

ROLES: Final = ("text", "dim", "title", "accent", "key", "ok", "info", "warn", "bad", "crit", "mark")
SURFACES: Final = ("base", "panel", "cursor", "cursor_idle", "dialog", "field")
BADGES: Final = ("neutral", "demo", "read_only", "production", "staging", "alarm", "good")

AAA: Final = 7.0


@dataclass(frozen=True, slots=True)
class Ink:
    """Foreground colour and attributes ("bold underline ...") of one role."""

    color: str
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. `inverse` replaces every role's colour on the cursor line (monochrome needs it)."""

    name: str
    title: str
    dark: bool
    roles: Mapping[str, Ink]
    surfaces: Mapping[str, str]
    badges: Mapping[str, tuple[str, str]]
    rule: str
    rule_focus: str
    band: str
    chart: str
    inverse: str | None = None
    badge_attributes: Mapping[str, str] = field(default_factory=dict)

    def ink(self, role: str, surface: str) -> Ink:
        """How `role` is drawn on `surface`."""
        ink = self.roles[role]
        if self.inverse is not None and surface == "cursor":
            return Ink(self.inverse, ink.attributes)
        return ink


def luminance(color: str) -> float:
    """Relative luminance 0..1 of "#rrggbb" (WCAG 2.2, "relative luminance")."""
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio 1..21 of two colours (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def pairs(palette: Palette) -> Iterator[tuple[str, str, str]]:
    """(what, foreground, background) of all text this palette can put on the screen."""
    for surface, background in palette.surfaces.items():
        for role in ROLES:
            yield f"{role} on {surface}", palette.ink(role, surface).color, background
    for badge, (foreground, background) in palette.badges.items():
        yield f"badge {badge}", foreground, background


_DARK_SURFACES: Final = {
    "base": "#0e1217",
    "panel": "#151b22",
    "cursor": "#1b2b3c",
    "cursor_idle": "#181f27",
    "dialog": "#161d25",
    "field": "#0b0f13",
}

DARK: Final = Palette(
    name="aoer-dark",
    title="Dark",
    dark=True,
    roles={
        "text": Ink("#dce3ea"),
        "dim": Ink("#adb9c5"),
        "title": Ink("#f3f6f9", "bold"),
        "accent": Ink("#8fc7ff"),
        "key": Ink("#8fc7ff", "bold"),
        "ok": Ink("#84d49a"),
        "info": Ink("#8ccfe0"),
        "warn": Ink("#f0c560"),
        "bad": Ink("#ffa77a"),
        "crit": Ink("#ffa3a8", "bold"),
        "mark": Ink("#e3c0ff", "bold"),
    },
    surfaces=_DARK_SURFACES,
    badges={
        "neutral": ("#dce3ea", "#26313c"),
        "demo": ("#0e1217", "#8ccfe0"),
        "read_only": ("#0e1217", "#f0c560"),
        "production": ("#14060a", "#ff9aa0"),
        "staging": ("#0e1217", "#f0c560"),
        "alarm": ("#14060a", "#ff9aa0"),
        "good": ("#08160c", "#84d49a"),
    },
    rule="#2c3742",
    rule_focus="#8fc7ff",
    band="#2a3a4a",
    chart="#5f93c4",
)

LIGHT: Final = Palette(
    name="aoer-light",
    title="Light",
    dark=False,
    roles={
        "text": Ink("#1b2026"),
        "dim": Ink("#3f4851"),
        "title": Ink("#0b0e11", "bold"),
        "accent": Ink("#0b4384"),
        "key": Ink("#0b4384", "bold"),
        "ok": Ink("#0a4f22"),
        "info": Ink("#0a4a5a"),
        "warn": Ink("#5c4200"),
        "bad": Ink("#7a2e00"),
        "crit": Ink("#8a0f1e", "bold"),
        "mark": Ink("#5a1d86", "bold"),
    },
    surfaces={
        "base": "#fbfaf7",
        "panel": "#f1efe9",
        "cursor": "#d9e6f5",
        "cursor_idle": "#eceae3",
        "dialog": "#f6f4ef",
        "field": "#ffffff",
    },
    badges={
        "neutral": ("#1b2026", "#dedbd2"),
        "demo": ("#ffffff", "#0a4a5a"),
        "read_only": ("#ffffff", "#5c4200"),
        "production": ("#ffffff", "#8a0f1e"),
        "staging": ("#ffffff", "#5c4200"),
        "alarm": ("#ffffff", "#8a0f1e"),
        "good": ("#ffffff", "#0a4f22"),
    },
    rule="#cfcac0",
    rule_focus="#0b4384",
    band="#c3d3e4",
    chart="#3f78b5",
)

# Blue against orange, with yellow between: pairs of Okabe and Ito (2008) that red-green blindness tells apart.
COLOUR_BLIND: Final = Palette(
    name="aoer-colour-blind",
    title="Colour-blind",
    dark=True,
    roles={
        "text": Ink("#e2e6ea"),
        "dim": Ink("#b2bac3"),
        "title": Ink("#ffffff", "bold"),
        "accent": Ink("#9cc9ff"),
        "key": Ink("#9cc9ff", "bold"),
        "ok": Ink("#74c1f5"),
        "info": Ink("#b9d7f2"),
        "warn": Ink("#f0e442"),
        "bad": Ink("#ffb14d"),
        "crit": Ink("#ffb14d", "bold underline"),
        "mark": Ink("#ffffff", "bold underline"),
    },
    surfaces=_DARK_SURFACES,
    badges={
        "neutral": ("#e2e6ea", "#26313c"),
        "demo": ("#0e1217", "#74c1f5"),
        "read_only": ("#0e1217", "#f0e442"),
        "production": ("#0e1217", "#ffb14d"),
        "staging": ("#0e1217", "#f0e442"),
        "alarm": ("#0e1217", "#ffb14d"),
        "good": ("#0e1217", "#74c1f5"),
    },
    rule="#2c3742",
    rule_focus="#9cc9ff",
    band="#2c3a4b",
    chart="#5f93c4",
)

MONOCHROME: Final = Palette(
    name="aoer-monochrome",
    title="Monochrome",
    dark=True,
    roles={
        "text": Ink("#ffffff"),
        "dim": Ink("#c4c4c4"),
        "title": Ink("#ffffff", "bold"),
        "accent": Ink("#ffffff", "bold"),
        "key": Ink("#ffffff", "bold underline"),
        "ok": Ink("#ffffff"),
        "info": Ink("#ffffff"),
        "warn": Ink("#ffffff", "bold"),
        "bad": Ink("#ffffff", "bold"),
        "crit": Ink("#ffffff", "bold underline"),
        "mark": Ink("#ffffff", "bold underline"),
    },
    surfaces={
        "base": "#000000",
        "panel": "#000000",
        "cursor": "#ffffff",
        "cursor_idle": "#2a2a2a",
        "dialog": "#000000",
        "field": "#000000",
    },
    badges=dict.fromkeys(BADGES, ("#000000", "#ffffff")),
    rule="#7a7a7a",
    rule_focus="#ffffff",
    band="#4a4a4a",
    chart="#b0b0b0",
    inverse="#000000",
)

PALETTES: Final = {palette.name: palette for palette in (DARK, LIGHT, COLOUR_BLIND, MONOCHROME)}
"""By theme name."""

ALIASES: Final = {
    "dark": DARK.name,
    "light": LIGHT.name,
    "colour-blind": COLOUR_BLIND.name,
    "color-blind": COLOUR_BLIND.name,
    "colour_blind": COLOUR_BLIND.name,
    "monochrome": MONOCHROME.name,
    "mono": MONOCHROME.name,
}


def named(name: str) -> Palette:
    """The palette a setting or a person asks for by name or alias.

    Raises:
        KeyError: no such theme; the message lists those there are.
    """
    wanted = ALIASES.get(name, name)
    if wanted not in PALETTES:
        raise KeyError(f"no theme {name!r}; there are {', '.join(p.name for p in PALETTES.values())}")
    return PALETTES[wanted]
