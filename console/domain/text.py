"""Text from outside made safe to show."""

import re
from uuid import UUID

# C0 and C1 controls, and the marks that reorder or hide text: a driver's name must not move the cursor, ring the bell
# or turn the rest of the line around. Zero width joiners stay, scripts and emoji need them.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACE = re.compile("[\t\n]+")


def clean(text: object) -> str:
    """`text` on one line without control, direction and invisible characters; None becomes the empty text.

    Runs of tabs and line ends become one space; lone surrogates become U+FFFD. Markup is not touched: what is shown
    must never be parsed as markup in the first place.
    """
    if text is None:
        return ""
    flat = _SPACE.sub(" ", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATE.sub("\ufffd", _UNSAFE.sub("", flat))


def as_id(name: str | None) -> UUID | None:
    """The id that somebody typed, None where it is a name: compared as an id in the database, an index serves it."""
    try:
        return None if name is None else UUID(name)
    except ValueError:
        return None
