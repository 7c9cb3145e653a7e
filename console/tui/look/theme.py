"""Palettes as the styles that line widgets paint with, and as the theme that the framework's own widgets use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

from console.tui.look.palette import Palette

if TYPE_CHECKING:
    from textual.theme import Theme


@lru_cache(maxsize=2048)
def style(palette_name: str, role: str, surface: str) -> Style:
    """The style of `role` on `surface`.

    Besides the text roles there are "badge:NAME", the graphic roles "rule", "rule_focus", "chart", "plot", "plot_band",
    "fill" and "track" (bars), and "gone" for a row that has left the list.
    """
    from console.tui.look.palette import PALETTES

    palette = PALETTES[palette_name]
    ground = palette.surfaces[surface]
    if role.startswith("badge:"):
        foreground, background = palette.badges[role[6:]]
        return Style(color=foreground, bgcolor=background, bold=True)
    if role == "gone":
        return Style(color=palette.ink("dim", surface).color, bgcolor=ground, strike=True)
    if role == "plot_band":
        return Style(color=palette.roles["accent"].color, bgcolor=palette.band)
    graphics = {
        "rule": palette.rule,
        "rule_focus": palette.rule_focus,
        "plot": palette.roles["accent"].color,
        "chart": palette.chart,
    }
    if role in graphics:
        return Style(color=graphics[role], bgcolor=ground)
    if role == "fill":
        return Style(color=palette.chart, bgcolor=palette.band)
    if role == "track":
        return Style(color=palette.ink("dim", surface).color, bgcolor=palette.band)
    ink = palette.ink(role, surface)
    words = ink.attributes.split()
    return Style(color=ink.color, bgcolor=ground, bold="bold" in words or None, underline="underline" in words or None)


def to_theme(palette: Palette) -> Theme:
    """The framework's theme for inputs and scroll bars; everything else is painted by `style`."""
    from textual.theme import Theme

    text, dim = palette.roles["text"].color, palette.roles["dim"].color
    surface = palette.surfaces
    return Theme(
        name=palette.name,
        primary=palette.roles["accent"].color,
        accent=palette.roles["accent"].color,
        warning=palette.roles["warn"].color,
        error=palette.roles["bad"].color,
        success=palette.roles["ok"].color,
        foreground=text,
        background=surface["base"],
        surface=surface["base"],
        panel=surface["panel"],
        dark=palette.dark,
        variables={
            "aoer-base": surface["base"],
            "aoer-panel": surface["panel"],
            "aoer-dialog": surface["dialog"],
            "aoer-field": surface["field"],
            "aoer-text": text,
            "aoer-dim": dim,
            "aoer-rule": palette.rule,
            "aoer-rule-focus": palette.rule_focus,
            "aoer-production": palette.badges["production"][1],
            "aoer-staging": palette.badges["staging"][1],
            "input-cursor-background": text,
            "input-cursor-foreground": surface["field"],
            "input-selection-background": palette.band,
        },
    )
