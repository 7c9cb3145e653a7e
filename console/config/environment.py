"""Settings from environment variables: AOER_<SECTION>_<KEY> and four short names."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from console.config.problems import Problem, nearest
from console.config.settings import SECTIONS

SHORT = {"AOER_DSN": "database.dsn", "AOER_DATA_DIR": "embedded.data_dir", "AOER_READ_ONLY": "database.read_only"}
OWN = {"AOER_CONFIG", "AOER_PROFILE"}


@dataclass(frozen=True, slots=True)
class Given:
    """ "section.key" to (text, variable name)."""

    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def names() -> dict[str, str]:
    """Every variable and the setting it sets; short names last, so that they win."""
    long = {
        f"AOER_{section}_{key}".upper(): f"{section}.{key}"
        for section, kind in SECTIONS.items()
        for key in kind.__struct_fields__
    }
    return long | SHORT


def read(env: Mapping[str, str]) -> Given:
    """Pick the settings out of an environment. Names that look like ours but are not are reported."""
    given = Given()
    known = names()
    for variable, setting in known.items():
        if variable in env and (env[variable] or variable not in SHORT):
            given.values[setting] = (env[variable], variable)
    for variable in sorted(env):
        if variable.startswith("AOER_") and variable not in known and variable not in OWN and _meant(variable, known):
            given.problems.append(
                Problem(f"environment {variable}", "no setting has this name", variable, hint=nearest(variable, known))
            )
    return given


def _meant(variable: str, known: Mapping[str, str]) -> bool:
    """Whether a variable is a misspelt setting rather than another program's."""
    section = variable.split("_")[1].lower()
    return section in SECTIONS or bool(difflib.get_close_matches(variable, known, n=1, cutoff=0.85))
