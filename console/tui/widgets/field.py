"""A one-line input with keys of our own: every binding has an id, and none steals a tmux or a job-control key."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class Field(Input, inherit_bindings=False):
    """A text field."""

    DEFAULT_CSS = """
    Field { height: 1; border: none; padding: 0 1; background: $aoer-field; color: $aoer-text; }
    Field:focus { border: none; background-tint: transparent; }
    Field > .input--placeholder { color: $aoer-dim; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", "Left", id="field.left", show=False),
        Binding("right", "cursor_right", "Right", id="field.right", show=False),
        Binding("ctrl+left", "cursor_left_word", "Word left", id="field.word_left", show=False),
        Binding("ctrl+right", "cursor_right_word", "Word right", id="field.word_right", show=False),
        Binding("home", "home", "Start", id="field.start", show=False),
        Binding("end,ctrl+e", "end", "End", id="field.end", show=False),
        Binding("backspace", "delete_left", "Delete left", id="field.delete_left", show=False),
        Binding("delete", "delete_right", "Delete right", id="field.delete_right", show=False),
        Binding("ctrl+w", "delete_left_word", "Delete word", id="field.delete_word", show=False),
        Binding("ctrl+u", "delete_left_all", "Delete to the start", id="field.delete_to_start", show=False),
        Binding("ctrl+k", "delete_right_all", "Delete to the end", id="field.delete_to_end", show=False),
        Binding("enter", "submit", "Accept", id="field.accept", show=False),
    ]

    def __init__(self, value: str = "", *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(value, placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False


class FilterField(Field):
    """The filter line of a screen."""

    DEFAULT_CSS = "FilterField { dock: bottom; margin: 0 0 1 0; layer: notice; display: none; }"

    def __init__(self) -> None:
        super().__init__(placeholder='words, field:value, field:>3, !not, "two words"', id="filter")
