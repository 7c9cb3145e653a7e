"""Dialogs: a title, lines of text drawn from spans, an optional field or list, and one line that says the keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Resize
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from console.tui.look.palette import DARK, PALETTES
from console.tui.look.spans import Span, strip
from console.tui.look.theme import style

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

T = TypeVar("T")


class Lines(Widget, inherit_bindings=False):
    """Lines of spans on the dialog surface, as high as they are many."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; background: $aoer-dialog; }"

    def __init__(self, lines: Sequence[Sequence[Span]], *, surface: str = "dialog", id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = [list(line) for line in lines]
        self._surface = surface

    def show(self, lines: Sequence[Sequence[Span]]) -> None:
        """Other lines."""
        height = len(self._lines)
        self._lines = [list(line) for line in lines]
        self.refresh(layout=height != len(self._lines))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - the framework's signature
        """One cell a line."""
        return max(1, len(self._lines))

    def render_line(self, y: int) -> Strip:
        """Line `y`."""
        name = self.app.theme if self.app.theme in PALETTES else DARK.name
        spans = self._lines[y] if y < len(self._lines) else []
        return strip(spans, self.size.width, lambda role: style(name, role, self._surface))


class Dialog(ModalScreen[T], Generic[T], inherit_bindings=False):
    """A modal question. Escape always leaves with no answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="dialog.cancel", show=False),
    ]

    DEFAULT_CSS = """
    Dialog { align: center middle; background: transparent; }
    Dialog > Vertical {
        width: 72; max-width: 96%; height: auto; max-height: 96%; padding: 0 2; overflow-y: auto;
        background: $aoer-dialog; border: round $aoer-rule-focus;
    }
    Dialog.-danger > Vertical { border: heavy $aoer-production; }
    Dialog Field { margin: 0 0 1 0; }
    Dialog.-low Field { margin: 0; }
    Dialog.-low > Vertical { border: none; max-height: 100%; }
    """

    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - the framework declares it so
        (0, "-low"),
        (16, "-high"),
    ]

    @property
    def console(self) -> ConsoleApp:
        """The application, with its type."""
        return cast("ConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical():
            yield from self.compose_box()

    def compose_box(self) -> Iterable[Widget]:
        """What is inside the box."""
        return ()

    def on_resize(self, _: Resize) -> None:
        """Whatever the size: where one types is in sight."""
        self.call_after_refresh(self._show_focus)

    def _show_focus(self) -> None:
        if self.focused is not None:
            self.focused.scroll_visible(animate=False, immediate=True)

    def action_cancel(self) -> None:
        """Leave with nothing."""
        self.dismiss(None)


def keys_line(*keys: tuple[str, str]) -> list[Span]:
    """The keys of a dialog as its last line."""
    spans: list[Span] = []
    for key, title in keys:
        spans += [(key, "key"), (f" {title}   ", "text")]
    return spans
