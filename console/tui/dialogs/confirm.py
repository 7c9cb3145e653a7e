"""Confirmation by danger: y or n for one irreversible step, a typed count with a reason for many rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input

from console.tui.dialogs.base import Dialog, Lines, keys_line
from console.tui.look.spans import Span, wrap
from console.tui.widgets.field import Field


@dataclass(frozen=True, slots=True)
class Question:
    """What is about to happen: a title, details, and the labels of the rows it happens to."""

    title: str
    details: Sequence[str] = ()
    rows: Sequence[str] = ()


def _lines(question: Question, width: int = 66) -> list[list[Span]]:
    lines: list[list[Span]] = [[(question.title, "title")], []]
    lines += [[(line, "text")] for detail in question.details for line in wrap(detail, width)]
    if question.rows:
        lines.append([])
        lines += [[("• ", "dim"), (row, "text")] for row in question.rows[:4]]
        if len(question.rows) > 4:
            lines.append([(f"  and {len(question.rows) - 4} more", "dim")])
    return lines


class YesNo(Dialog[bool]):
    """One irreversible step. Enter does nothing: only y goes ahead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="dialog.yes", show=False),
        Binding("n", "answer(False)", "No", id="dialog.no", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__(classes="-danger")
        self.question = question

    def compose_box(self) -> Iterable[Widget]:
        """Text and keys."""
        yield Lines([*_lines(self.question), [], keys_line(("y", "yes, do it"), ("n", "no"))])

    def action_answer(self, yes: bool) -> None:
        """y or n."""
        self.dismiss(yes)


class TypedCount(Dialog[str]):
    """Many rows: the operator types how many and why. Answers with the reason."""

    def __init__(self, question: Question, count: int) -> None:
        super().__init__(classes="-danger")
        self.question = question
        self.count = count

    def compose_box(self) -> Iterable[Widget]:
        """Text, two fields, keys."""
        yield Lines(
            [*_lines(self.question), [], [("Type ", "text"), (str(self.count), "title"), (" to go ahead:", "text")]]
        )
        yield Field(id="count")
        yield Lines([[("Why? It is written into the audit log.", "text")]])
        yield Field(id="reason")
        yield Lines([keys_line(("enter", "go ahead"), ("tab", "other field"), ("esc", "cancel"))], id="foot")

    def on_key(self, event: Key) -> None:
        """Tab goes between the two fields."""
        if event.key in {"tab", "shift+tab", "up", "down"}:
            here = self.query_one("#count", Field)
            (self.query_one("#reason", Field) if here.has_focus else here).focus()
            event.stop()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go ahead when both fields are right; say what is missing otherwise."""
        count, reason = self.query_one("#count", Field), self.query_one("#reason", Field)
        foot = self.query_one("#foot", Lines)
        if count.value.strip() != str(self.count):
            foot.show([[(f"Type {self.count} exactly; nothing has been done.", "warn")]])
            count.focus()
        elif not reason.value.strip():
            if message.input is reason:
                foot.show([[("A reason is needed.", "warn")]])
            reason.focus()
        else:
            self.dismiss(reason.value.strip())


class Ask(Dialog[str]):
    """One line of text."""

    def __init__(self, title: str, help_text: str, *, value: str = "", required: bool = True) -> None:
        super().__init__()
        self.title_text, self.help_text = title, help_text
        self.value, self.required = value, required

    def compose_box(self) -> Iterable[Widget]:
        """Text and field."""
        yield Lines([[(self.title_text, "title")], [], *([(line, "text")] for line in wrap(self.help_text, 66))])
        yield Field(self.value)
        yield Lines([keys_line(("enter", "accept"), ("esc", "cancel"))], id="foot")

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Accept; an empty line only where it means something."""
        if self.required and not message.value.strip():
            self.query_one("#foot", Lines).show([[("Something must be typed; escape cancels.", "warn")]])
            return
        self.dismiss(message.value.strip())
