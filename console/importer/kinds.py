"""What can be imported: for each kind its columns, its key, and the rules that tie columns together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from console.importer.types import CellType

RowRule = Callable[[Mapping[str, str | None]], tuple[str, str] | None]
"""Takes a parsed row; returns the column at fault and why, or None."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file. `required` cells may not be empty; other columns may be absent altogether."""

    name: str
    type: CellType
    meaning: str
    example: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One noun of `import`.

    `per_tenant` kinds have no tenant column: --tenant names whose rows they are. `checks` are queries of import.sql
    that remove staged rows and say why. `fast` kinds have no row rules; they stage canonical blocks untouched and are
    inserted by a function of the database.
    """

    name: str
    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    notes: str
    per_tenant: bool = False
    fast: bool = False
    rules: tuple[RowRule, ...] = ()
    checks: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    announces: tuple[str, ...] = ()
    by_name: Mapping[str, Column] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
