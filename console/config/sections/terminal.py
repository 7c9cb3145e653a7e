"""Sections about the terminal."""

from typing import Annotated, ClassVar

from msgspec import Meta

from console.config.sections.core import Section
from console.config.types import Host, SecondsOrZero

Color = Annotated[str, Meta(extra={"check": "color"})]


class UiSettings(Section, frozen=True):
    """What the terminal looks like and how lively it is."""

    TITLE = "What the terminal looks like and how lively it is."
    DOCS: ClassVar[dict[str, str]] = {
        "theme": "dark, light, colour-blind or monochrome (NO_COLOR always means monochrome)",
        "environment": 'shown in the header; "production" draws a coloured border',
        "color": "border colour of this environment: a name or #rrggbb; empty for none",
        "refresh_hz": "screen updates a second at most",
        "poll_seconds": "read again this often when no notification arrives",
        "freeze_seconds": "rows keep their place this long after the cursor moved",
        "mouse": "use the mouse",
        "bell": "ring the bell on a new critical alert while the window is not in front",
    }

    theme: Annotated[str, Meta(extra={"choices": ["dark", "light", "colour-blind", "monochrome"]})] = "dark"
    environment: str = ""
    color: Color = ""
    refresh_hz: Annotated[float, Meta(gt=0, le=60)] = 10
    poll_seconds: Annotated[float, Meta(gt=0, extra={"unit": "seconds"})] = 2.0
    freeze_seconds: SecondsOrZero = 1.5
    mouse: bool = True
    bell: bool = True


class ServeSettings(Section, frozen=True):
    """The console in a browser."""

    TITLE = "The console in a browser (aoer-console serve)."
    DOCS: ClassVar[dict[str, str]] = {
        "host": "address to listen on; anyone who reaches it can operate the console",
        "port": "TCP port",
    }

    host: Host = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8765
