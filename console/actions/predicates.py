"""Why a verb does not apply to a frozen row: pure, so the footer can ask at every cursor move.

The service asks again inside its transaction; this only spares the operator a dialog that cannot succeed. A reason that
begins with "already" says that the row is what the verb would make it.
"""

from collections.abc import Callable

from console.actions.model import Target

Predicate = Callable[[Target], str | None]


def _words(status: object) -> str:
    return str(status).replace("_", " ")


def status_in(*allowed: str) -> Predicate:
    """Applies while the row's status is one of `allowed`."""

    def predicate(target: Target) -> str | None:
        status = target.state.get("status")
        if status is None or str(status) in allowed:
            return None
        return f"it is {_words(status)}; this needs {' or '.join(map(_words, allowed))}"

    return predicate


def status_not(*refused: str) -> Predicate:
    """Applies unless the row's status is one of `refused`."""

    def predicate(target: Target) -> str | None:
        status = target.state.get("status")
        return f"already {_words(status)}" if status is not None and str(status) in refused else None

    return predicate


def kind_is(kind: str) -> Predicate:
    """Applies to one kind of incident only ("traffic" or "escalation")."""

    def predicate(target: Target) -> str | None:
        found = target.state.get("kind")
        return None if found is None or str(found) == kind else f"only for {kind} rows; this is {found}"

    return predicate


def both(*predicates: Predicate) -> Predicate:
    """The first reason of several."""

    def predicate(target: Target) -> str | None:
        return next((reason for p in predicates if (reason := p(target)) is not None), None)

    return predicate


def desired_is_not(word: str) -> Predicate:
    """Applies unless the engine's desired state is already `word`."""

    def predicate(target: Target) -> str | None:
        return f"already {word}" if str(target.state.get("desired", "")) == word else None

    return predicate
