"""One raw value (TOML, environment or flag) into the type of its field."""

import types
import typing
from functools import cache
from typing import Any

import msgspec

from console.config.checks import CHECKS, duration
from console.config.problems import nearest
from console.config.sections.core import Section

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class BadValue(ValueError):
    """The value does not fit; the message says why and `hint` what was probably meant."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@cache
def hints(kind: type[Section]) -> dict[str, Any]:
    """Field name to type, with its annotations, in the order of the Struct."""
    every = typing.get_type_hints(kind, include_extras=True)
    return {name: every[name] for name in kind.__struct_fields__}


def convert(kind: Any, raw: Any, *, text: bool) -> Any:
    """`raw` as `kind`; `text` says that it is a string from outside TOML. Raises BadValue."""
    if text:
        raw = _from_text(kind, raw)
    extra = _extra(kind)
    choices = extra.get("choices") or _literals(kind)
    if choices and isinstance(raw, str) and raw not in choices:
        raise BadValue(f"{raw!r} is not one of {', '.join(choices)}", nearest(raw, choices))
    if "unit" in extra and isinstance(raw, str):
        raw = _in_unit(raw, extra["unit"])
    try:
        value = msgspec.convert(raw, kind, strict=not text)
    except msgspec.ValidationError as error:
        raise BadValue(_plain(str(error), raw)) from None
    wrong = CHECKS[extra["check"]](value) if "check" in extra and isinstance(value, str) else None
    if wrong:
        raise BadValue(wrong)
    return value


def _in_unit(raw: str, unit: str) -> float:
    number = duration(raw, unit)
    if number is None:
        raise BadValue(f'{raw!r} is neither a number of {unit} nor a duration such as "90s" or "5m"')
    rounded = round(number, 9)
    return int(rounded) if rounded.is_integer() else rounded


def _literals(kind: Any) -> list[str]:
    return [
        str(word) for one in _members(kind) if typing.get_origin(one) is typing.Literal for word in typing.get_args(one)
    ]


def _from_text(kind: Any, raw: str) -> Any:
    bases = _bases(kind)
    if raw == "" and type(None) in bases:
        return None
    if bool in bases:
        word = raw.strip().lower()
        if word not in _TRUE | _FALSE:
            raise BadValue(f"{raw!r} is neither true nor false")
        return word in _TRUE
    if float in bases or int in bases:
        try:
            return int(raw)
        except ValueError:
            pass
        try:
            return float(raw)
        except ValueError:
            return raw
    return raw


def _members(kind: Any) -> list[Any]:
    """The alternatives of a union, or the type itself."""
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return list(typing.get_args(kind))
    return [kind]


def _bases(kind: Any) -> set[Any]:
    return {typing.get_args(one)[0] if typing.get_origin(one) is typing.Annotated else one for one in _members(kind)}


def _extra(kind: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in _members(kind):
        for note in getattr(one, "__metadata__", ()):
            if isinstance(note, msgspec.Meta):
                found |= note.extra or {}
    return found


def _plain(message: str, raw: Any) -> str:
    """msgspec's message in words: "Expected `int` >= 1" becomes "expected int >= 1, not 0"."""
    words = message.replace("`", "").split(" - at ")[0]
    words = words[:1].lower() + words[1:]
    return words if ", got" in words or "invalid" in words else f"{words}, not {raw!r}"
