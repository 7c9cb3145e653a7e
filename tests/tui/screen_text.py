"""What a test sees: the characters on the screen, line by line."""

from textual.app import App
from textual.geometry import Region


def lines(app: App[object]) -> list[str]:
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    assert Region(0, 0, width, height).area
    return ["".join(segment.text for segment in strip) for strip in strips]


def text(app: App[object]) -> str:
    return "\n".join(lines(app))
