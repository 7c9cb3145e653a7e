"""The filter line: words that must match, `field:value`, `field:>3`, and `!` for "not".

A bare word matches a row when it stands in any column, or when its letters follow each other closely in one ("fuzzy").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from console.errors import UsageError

_COMPARISONS: Final = (">=", "<=", ">", "<", "=")


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a filter. `field` None looks at every column; `operator` "" means contains; quotes make it exact."""

    text: str
    field: str | None = None
    negated: bool = False
    operator: str = ""
    exact: bool = False


def _words(line: str) -> list[tuple[str, bool]]:
    """(word, quoted) of `line`; double quotes hold words together, an open quote runs to the end."""
    words: list[tuple[str, bool]] = []
    word, quoted, begun = "", False, False
    for char in line:
        if char == '"':
            quoted, begun = not quoted, True
        elif char.isspace() and not quoted:
            if word or begun:
                words.append((word, begun))
            word, begun = "", False
        else:
            word += char
    if word or begun:
        words.append((word, begun))
    return words


def parse(line: str, fields: Sequence[str]) -> tuple[Term, ...]:
    """The terms of a filter line over the columns `fields`.

    Raises:
        UsageError: a term names a column that is not there.
    """
    terms: list[Term] = []
    for word, quoted in _words(line):
        negated = word.startswith("!")
        body = word[1:] if negated else word
        name, colon, rest = body.partition(":")
        if not colon:
            if body:
                terms.append(Term(body.casefold(), negated=negated, exact=quoted))
            continue
        field = _field(name, fields)
        operator = next((sign for sign in _COMPARISONS if rest.startswith(sign)), "")
        text = rest[len(operator) :].casefold()
        if text or operator:
            terms.append(Term(text, field, negated, operator))
    return tuple(terms)


def _field(name: str, fields: Sequence[str]) -> str:
    wanted = name.casefold()
    matches = [f for f in fields if f.casefold() == wanted] or [f for f in fields if f.casefold().startswith(wanted)]
    if len(matches) == 1:
        return matches[0]
    raise UsageError(f"no column {name!r} here", hint=f"columns: {', '.join(fields)}")


def close_letters(needle: str, hay: str) -> bool:
    """Whether the letters of `needle` (3 or more) appear in order in `hay`, no more than half of them apart."""
    if len(needle) < 3:
        return False
    start = hay.find(needle[0])
    reach = len(needle) + max(2, len(needle) // 2)
    while start >= 0:
        place = start
        for letter in needle[1:]:
            place = hay.find(letter, place + 1)
            if place < 0 or place - start >= reach:
                break
        else:
            return True
        start = hay.find(needle[0], start + 1)
    return False


def _number(text: str) -> float | None:
    try:
        return float(text.replace("_", "").rstrip("%"))
    except ValueError:
        return None


def _compare(value: str, term: Term) -> bool:
    left, right = _number(value.strip()), _number(term.text)
    if left is None or right is None:
        return term.operator == "=" and value.strip().casefold() == term.text
    return {
        ">": left > right,
        "<": left < right,
        ">=": left >= right,
        "<=": left <= right,
        "=": left == right,
    }[term.operator]


def _folded(text: str) -> str:
    """As it is compared: the database writes out_for_delivery, the screen "out for delivery"."""
    return text.casefold().replace("_", " ")


def _hit(cells: Mapping[str, str], term: Term) -> bool:
    wanted = _folded(term.text)
    if term.field is not None:
        value = cells.get(term.field, "")
        return _compare(value, term) if term.operator else wanted in _folded(value)
    folded = [_folded(value) for value in cells.values()]
    if any(wanted in value for value in folded):
        return True
    return not term.exact and any(close_letters(term.text, value) for value in folded)


def matcher(terms: Sequence[Term]) -> Callable[[Mapping[str, str]], bool]:
    """A predicate over {column: plain text}: every term must hold."""

    def matches(cells: Mapping[str, str]) -> bool:
        return all(_hit(cells, term) is not term.negated for term in terms)

    return matches
