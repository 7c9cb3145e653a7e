"""Cell types: what a cell may look like, how it is written for Postgres, and why it is refused.

Each type has two readings of the same rule. `canonical` is a regular expression for the cells that Postgres reads
exactly as meant; a whole block of rows is tested against it at once and then passes through untouched. `parse` is the
careful reading of one cell: it also accepts common variants, rewrites them, and says what is wrong with the rest.
Whatever `canonical` accepts, `parse` or a constraint of the staging table must accept or refuse alike.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

MARK = "<mark>"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_UNDECODED = re.compile("[\udc80-\udcff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Bad(ValueError):
    """A cell is refused; the text says why, for the person who has to correct the file."""


class CellType(Protocol):
    """`label` is for people. In `canonical`, MARK stands for the file's delimiter: unquoted text cannot contain it."""

    @property
    def label(self) -> str: ...

    @property
    def canonical(self) -> str: ...

    def parse(self, cell: str) -> str:
        """The cell, not empty and without outer blanks, as Postgres shall read it. Raises Bad."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A real number from `low` to `high`, both included; a point as decimal sign."""

    low: float
    high: float
    label: str
    digits: str = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"

    @property
    def canonical(self) -> str:
        """Plain decimals; the range is a constraint of the staging table."""
        return self.digits

    def parse(self, cell: str) -> str:
        """Also accepts a sign and an exponent."""
        if not _NUMBER.fullmatch(cell):
            raise Bad(_no_number(cell))
        value = float(cell)
        if value < self.low:
            raise Bad(f"below {self.low:g}")
        if value > self.high:
            raise Bad(f"above {self.high:g}")
        return cell


def _no_number(cell: str) -> str:
    if cell.lower().lstrip("+-") in {"nan", "inf", "infinity", "null", "none", "na", "n/a", "-"}:
        return "not a number; leave the cell empty where nothing was measured"
    if _DECIMAL_COMMA.fullmatch(cell):
        return "not a number; write decimals with a point"
    return "not a number"


def score() -> Number:
    """A signal or outcome, 0..100."""
    return Number(0, 100, "number 0..100", r"(?:100(?:\.0{1,15})?|[0-9]{1,2}(?:\.[0-9]{1,15})?)")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    @property
    def label(self) -> str:
        """The range, without an upper end where it is only that of the column's type."""
        return f"whole number {self.low}.." + (str(self.high) if self.high < 2**31 - 1 else "")

    @property
    def canonical(self) -> str:
        """Up to nine digits always fit the column."""
        return "[0-9]{1,9}"

    def parse(self, cell: str) -> str:
        """Digits, with `.0` forgiven: spreadsheets add it."""
        if not re.fullmatch(r"[+-]?[0-9]{1,18}(?:\.0+)?", cell):
            raise Bad("not a whole number" if _NUMBER.fullmatch(cell) else _no_number(cell))
        value = int(cell.partition(".")[0])
        if not self.low <= value <= self.high:
            raise Bad(f"below {self.low}" if value < self.low else f"above {self.high}")
        return str(value)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day."""

    label: str = "date YYYY-MM-DD"

    @property
    def canonical(self) -> str:
        """A day of the form YYYY-MM-DD that may still not exist, such as 30 February."""
        return r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"

    def parse(self, cell: str) -> str:
        """Nothing but YYYY-MM-DD: day and month of other forms can be confused."""
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
            raise Bad("not a date of the form YYYY-MM-DD")
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            raise Bad("there is no such day") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise Bad(f"before {FIRST_DAY.year} or after {LAST_DAY.year}")
        return cell


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time. Without an offset it needs `zone`, the zone that the file's times are in."""

    zone: tzinfo | None = None
    label: str = "time with zone"

    @property
    def canonical(self) -> str:
        """ISO 8601 with an offset."""
        return (
            r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ]"
            r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
        )

    def parse(self, cell: str) -> str:
        """ISO 8601."""
        if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", cell):
            raise Bad("not a time of the form YYYY-MM-DDTHH:MM:SS+HH:MM")
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            raise Bad("there is no such time") from None
        if not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise Bad(f"before {FIRST_DAY.year} or after {LAST_DAY.year}")
        if moment.tzinfo is None:
            if self.zone is None:
                raise Bad("no zone: add an offset such as +02:00, or give --time-zone for the whole file")
            moment = moment.replace(tzinfo=self.zone)
        return moment.isoformat()


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `most` characters."""

    most: int

    @property
    def label(self) -> str:
        """With its length."""
        return f"text up to {self.most}"

    @property
    def canonical(self) -> str:
        """Printable, without quotes and delimiters; outer blanks are kept out of canonical blocks beforehand."""
        return f'[^{MARK}"\\x00-\\x1f\\x7f]{{1,{self.most}}}'

    def parse(self, cell: str) -> str:
        """Line ends and tabs are text too, where the cell is quoted."""
        if "\x00" in cell:
            raise Bad("contains a NUL byte")
        if stray := _UNDECODED.search(cell):
            raise Bad(f"not UTF-8: byte 0x{ord(stray[0]) - 0xDC00:02X}")
        if _CONTROL.search(cell):
            raise Bad("contains a control character")
        if len(cell) > self.most:
            raise Bad(f"{len(cell)} characters, at most {self.most}")
        return cell


@dataclass(frozen=True, slots=True)
class Words:
    """Several words in one cell, separated by `|` or `;`; handed on with `|`."""

    most: int = 2000
    label: str = "words separated by |"

    @property
    def canonical(self) -> str:
        """No semicolons, which would need rewriting."""
        return f'[^{MARK};"\\x00-\\x1f\\x7f]{{1,{self.most}}}'

    def parse(self, cell: str) -> str:
        """Blank words are left out."""
        words = [word.strip() for word in re.split("[|;]", Text(self.most).parse(cell))]
        return "|".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, in any case."""

    words: tuple[str, ...]

    @property
    def label(self) -> str:
        """The words."""
        return ", ".join(self.words)

    @property
    def canonical(self) -> str:
        """The words as the database spells them."""
        return "(?:" + "|".join(self.words) + ")"

    def parse(self, cell: str) -> str:
        """Names the nearest word when there is none."""
        known: Mapping[str, str] = {word.lower(): word for word in self.words}
        word = cell.lower().replace(" ", "_").replace("-", "_")
        if word in known:
            return known[word]
        near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
        raise Bad(f"did you mean {known[near[0]]!r}?" if near else f"not one of {self.label}")


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    label: str = "true or false"

    @property
    def canonical(self) -> str:
        """The database's spelling."""
        return "(?:true|false)"

    def parse(self, cell: str) -> str:
        """Also yes/no, y/n, t/f, 1/0."""
        word = cell.lower()
        if word in {"true", "t", "yes", "y", "1"}:
            return "true"
        if word in {"false", "f", "no", "n", "0"}:
            return "false"
        raise Bad("not true or false")


@dataclass(frozen=True, slots=True)
class Checked:
    """Text that a predicate accepts, such as a time zone."""

    most: int
    label: str
    check: Callable[[str], bool]
    reason: str

    @property
    def canonical(self) -> str:
        """Nothing: every cell is looked at."""
        return "(?!)"

    def parse(self, cell: str) -> str:
        """Length and characters first, then the predicate."""
        text = Text(self.most).parse(cell)
        if not self.check(text):
            raise Bad(self.reason)
        return text
