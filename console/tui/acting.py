"""From a key press to an outcome: freeze the rows, ask what must be asked, do it, say what came of it, offer undo.

The rows and their versions are frozen before any dialog opens. Whatever changes behind the dialog, the verb goes to the
rows that were on the screen when the key went down, and the service refuses those that have changed since.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from console.actions.model import Action, DryRun, Outcome, Param, Result, Scope, Target, Tier
from console.errors import ConsoleError
from console.feed.targets import target_of
from console.tui.dialogs.confirm import Ask, Question, TypedCount, YesNo
from console.tui.look.spans import Span, cut
from console.tui.widgets.key_bar import Hint
from console.tui.widgets.live_view import LiveView

if TYPE_CHECKING:
    from console.tui.app import ConsoleApp

FREE_ROWS: Final = 5
"""So many rows of one tenant take a reversible verb without a question; undo brings them back."""

_WORDS: Final = {
    Result.DONE: "done",
    Result.ALREADY: "already so",
    Result.CONFLICT: "changed meanwhile",
    Result.GONE: "gone",
    Result.REFUSED: "refused",
    Result.NOT_AVAILABLE: "not available yet",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the command log."""

    at: datetime
    text: str
    result: str
    ok: bool


class Acting:
    """Carries verbs out for the screens."""

    def __init__(self, app: ConsoleApp) -> None:
        self.app = app
        self.log: deque[Entry] = deque(maxlen=500)
        self._undo: tuple[Action, list[Outcome]] | None = None
        self._why = False
        self.busy = 0
        self.asking = 0
        """Verbs on their way to a question: keys typed meanwhile are its answer, not commands to the list."""

    # -- what could be done ----------------------------------------------------------------------------------------

    def actions_for(self, scope: str | None) -> list[Action]:
        """Verbs for rows of a scope, in display order."""
        return [a for a in self.app.actions_list if a.scope.value == scope]

    def hints(self, view: LiveView[Any]) -> list[Hint]:
        """The key line: verbs of the focused rows, those that do not apply in brackets."""
        found = self.actions_for(view.scope)
        target = self._target(view, view.model.current) if found and view.model.current is not None else None
        hints = []
        for action in found:
            label = self.app.keys.label(action.id)
            if label:
                off = target is None or self.reason_not(action, target) is not None
                hints.append(Hint(label, action.title.lower(), off))
        return hints

    def reason_not(self, action: Action, target: Target | None) -> str | None:
        """Why not, or None."""
        if self.app.actions is None:
            return "the database is not connected yet"
        return self.app.actions.reason_not(action, target)

    def _target(self, view: LiveView[Any], row: Any) -> Target:
        return target_of(row, Scope(view.scope) if view.scope else None)

    # -- a key -----------------------------------------------------------------------------------------------------

    def press(self, view: LiveView[Any], key: str) -> bool:
        """Whether `key` was a verb (also one that does not apply here: then it says why)."""
        keys = self.app.keys
        found = keys.command_at(view.scope or "", key) or keys.command_at("everywhere", key)
        action = self.app.action_by_id(found) if found else None
        if action is not None:
            rows = view.model.chosen() if action.scope is not Scope.GLOBAL else []
            self.begin(action, [self._target(view, row) for row in rows])
            return True
        others = [c for c in keys.elsewhere(key) if self.app.action_by_id(c.id)]
        if others and not self.app.screen_has_binding(key):
            places = ", ".join(dict.fromkeys(f"{c.title.lower()} a {c.place}" for c in others))
            self.app.say([(f"That key does nothing here; elsewhere it can {places}.", "text")])
            return True
        return False

    def give_reason(self) -> None:
        """The next verb asks why, also one that asks nothing else; said twice, it does not."""
        self._why = not self._why
        told = "The next verb asks for a reason; it is written into the audit log." if self._why else "No reason asked."
        self.app.say([(told, "text")])

    def begin(
        self, action: Action, targets: Sequence[Target], params: Mapping[str, str] | None = None, ask: bool = False
    ) -> None:
        """Start a verb on frozen rows. `ask` asks for optional parameters too."""
        if action.scope is not Scope.GLOBAL and not targets:
            self.app.say([(f"{action.title}: there is no row under the cursor.", "warn")])
            return
        self.asking += 1
        self.app.background(self._carry_out(action, list(targets), dict(params or {}), ask), action.title)

    async def _carry_out(self, action: Action, targets: list[Target], params: dict[str, str], ask: bool) -> None:
        try:
            answers = await self._questions(action, targets, params, ask)
        finally:
            self.asking -= 1
        if answers is not None:
            await self._perform(action, *answers)

    async def _questions(
        self, action: Action, targets: list[Target], params: dict[str, str], ask: bool
    ) -> tuple[list[Target], dict[str, str], str] | None:
        """(rows it applies to, parameters, reason), or None when it does not apply or somebody said no."""
        fit, reasons = self._sift(action, targets)
        if reasons and not fit:
            self._refuse(action, reasons, len(targets))
            return None
        values = await self._parameters(action, fit, params, ask)
        if values is None:
            return None
        why, self._why = self._why, False
        reason = await self._confirm(action, fit, len(reasons), values)
        if reason == "" and why:
            reason = await self.app.ask(Ask(f"{action.title}: why?", "It is written into the audit log."))
        return None if reason is None else (fit, values, reason)

    def _sift(self, action: Action, targets: Sequence[Target]) -> tuple[list[Target], list[str]]:
        if action.scope is Scope.GLOBAL:
            why = self.reason_not(action, None)
            return [], [why] if why else []
        fit, reasons = [], []
        for target in targets:
            why = self.reason_not(action, target)
            fit.append(target) if why is None else reasons.append(why)
        return fit, reasons

    def _refuse(self, action: Action, reasons: Sequence[str], count: int) -> None:
        common, _ = Counter(reasons).most_common(1)[0]
        many = f" ({count} rows)" if count > 1 else ""
        self.app.say([("✗ ", "warn"), (f"{action.title}{many}: ", "title"), (common, "text")])

    # -- questions -------------------------------------------------------------------------------------------------

    async def _parameters(
        self, action: Action, targets: Sequence[Target], given: dict[str, str], ask: bool
    ) -> dict[str, str] | None:
        values = dict(given)
        for param in action.params:
            if param.name in values or not (ask or _must_ask(param)):
                continue
            answer = await self._ask(action, param, targets)
            if answer is None:
                return None
            if answer or param.default == "":
                values[param.name] = answer
        return values

    async def _ask(self, action: Action, param: Param, targets: Sequence[Target]) -> str | None:
        title = f"{action.title}: {param.name.replace('_', ' ')}"
        if param.choices is None:
            return await self.app.ask(
                Ask(title, param.help, value=param.default or "", required=param.required and not param.default)
            )
        if isinstance(param.choices, tuple):
            from console.tui.dialogs.choose import Choose, words

            row = await self.app.ask(Choose(title, words(param.choices), details=param.help))
            return None if row is None else row.key
        from console.tui.dialogs.candidates import pick

        return await pick(self.app, action, param, targets)

    async def _confirm(
        self, action: Action, targets: Sequence[Target], left_out: int, params: Mapping[str, str]
    ) -> str | None:
        """The reason to write into the audit log ("" where none is needed), or None for no."""
        tenants = {t.tenant_id for t in targets if t.tenant_id}
        bulk = action.tier is Tier.BULK or len(tenants) > 1 or len(targets) > FREE_ROWS
        if not bulk and action.tier is Tier.REVERSIBLE:
            return ""
        details = [action.help] if action.help else []
        if left_out:
            details.append(f"{left_out} more marked rows are left out: it does not apply to them.")
        labels = [_label(target) for target in targets]
        if not bulk and len(targets) == 1:
            yes = await self.app.ask(YesNo(Question(f"{action.title}?", details, labels)))
            return "" if yes else None
        run = await self._dry_run(action, targets, params)
        if run is not None:
            details.append(run.describe())
            if len(tenants) > 1:
                details.append(f"{len(tenants)} tenants are touched.")
        count = len(run.eligible) if run is not None and run.total else len(targets)
        return await self.app.ask(TypedCount(Question(f"{action.title}: {count} rows", details, labels), count))

    async def _dry_run(self, action: Action, targets: Sequence[Target], params: Mapping[str, str]) -> DryRun | None:
        if self.app.actions is None:
            return None
        return await self.app.actions.dry_run(action.id, targets, params)

    # -- doing it --------------------------------------------------------------------------------------------------

    async def _perform(self, action: Action, targets: list[Target], params: Mapping[str, str], reason: str) -> None:
        if self.app.actions is None:
            return
        keys = {target.key for target in targets}
        self._pending(keys, True)
        self.busy += 1
        try:
            outcomes = await self.app.actions.perform(action.id, targets, params, reason)
        except ConsoleError as error:
            self._record(action, _labels(targets), error.message, ok=False)
            self.app.say_error(error)
            return
        finally:
            self.busy -= 1
            self._pending(keys, False)
        self.finish(action, outcomes)
        self.app.refresh_feed()

    def _pending(self, keys: set[str], on: bool) -> None:
        for view in self.app.live_views():
            touched = keys & set(view.model.order)
            if touched:
                view.pending = view.pending | touched if on else view.pending - touched
                for key in touched:
                    view.refresh_item(view.model.position[key])

    def finish(self, action: Action, outcomes: Sequence[Outcome], *, undone: bool = False) -> None:
        """Say what came of each row; remember how to take it back; drop the marks of rows that were done."""
        counts = Counter(outcome.result for outcome in outcomes)
        done = [outcome for outcome in outcomes if outcome.result is Result.DONE]
        other = next((o for o in outcomes if o.result is not Result.DONE), None)
        verb = f"Undo: {action.title}" if undone else action.title
        spans = summary_line(verb, counts, other, done)
        if done and action.inverse and not undone:
            self._undo = (action, done)
            spans += [("   ", "text"), (self.app.keys.label("app.undo"), "key"), (" undoes it", "text")]
        else:
            self._undo = None if undone or done else self._undo
        self._unmark({outcome.target.key for outcome in done})
        self.app.say(spans, 8.0)
        text = ", ".join(f"{n} {_WORDS[result]}" for result, n in counts.items())
        self._record(action, _labels([o.target for o in outcomes]), text, ok=other is None)
        if other is not None and len(outcomes) > 1:
            self.app.show_outcomes(verb, outcomes)

    def _unmark(self, keys: set[str]) -> None:
        for view in self.app.live_views():
            if view.model.marks & keys:
                view.model.marks -= keys
                view.refresh()

    def _record(self, action: Action, what: str, result: str, *, ok: bool) -> None:
        self.log.append(Entry(datetime.now().astimezone(), f"{action.title}: {what}", result, ok))

    def undo(self) -> None:
        """Take the last verb back."""
        if self._undo is None:
            self.app.say([("There is nothing to undo.", "text")])
            return
        action, outcomes = self._undo
        self._undo = None
        self.app.background(self._take_back(action, outcomes), f"Undo {action.title}")

    async def _take_back(self, action: Action, outcomes: list[Outcome]) -> None:
        if self.app.actions is None:
            return
        self.busy += 1
        try:
            self.finish(action, await self.app.actions.undo(action.id, outcomes), undone=True)
        except ConsoleError as error:
            self.app.say_error(error)
        finally:
            self.busy -= 1
        self.app.refresh_feed()


def summary_line(verb: str, counts: Mapping[Result, int], other: Outcome | None, done: Sequence[Outcome]) -> list[Span]:
    """One line: what was done to how many, and the first thing that was not."""
    ok = other is None
    spans: list[Span] = [("✓ " if ok else "▲ ", "ok" if ok else "warn"), (f"{verb}: ", "title")]
    if sum(counts.values()) == 1:
        only = done[0] if done else other
        text = only.message if only is not None else ""
        return [*spans, (cut(text or _WORDS[next(iter(counts))], 90), "text")]
    words = [f"{n} {_WORDS[result]}" for result, n in sorted(counts.items())]
    spans.append((" · ".join(words), "text"))
    if other is not None and other.message:
        spans.append((f"  {cut(other.message, 50)}", "dim"))
    return spans


def _must_ask(param: Param) -> bool:
    """Required without a default, or one whose default would clear something."""
    return (param.required and param.default is None) or param.default == ""


def _labels(targets: Sequence[Target]) -> str:
    """The first three rows by name."""
    more = f" and {len(targets) - 3} more" if len(targets) > 3 else ""
    return ", ".join(map(_label, targets[:3])) + more


def _label(target: Target) -> str:
    return target.label or target.key[:8]
