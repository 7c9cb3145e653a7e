"""Accounts of the operating system: who runs the server, and what that account can reach."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from console.errors import ServerStartError

SERVER_ACCOUNT = "aoer-console"
_FALL_BACK = "postgres"


@dataclass(frozen=True, slots=True)
class Account:
    """A line of the passwd database."""

    name: str
    uid: int
    gid: int


def current() -> Account:
    """The account this process acts as."""
    return by_uid(os.geteuid())


def by_uid(uid: int) -> Account:
    """Raises ServerStartError for a number without a name: Postgres itself refuses to run so."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise ServerStartError(
            f"user id {uid} has no name in the passwd database, and Postgres needs one",
            hint="add a passwd entry for it, or use --dsn",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _by_name(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def server_account() -> Account:
    """The account that runs the server when we are root: `aoer-console`, created on first use, else `postgres`.

    Never an account that people or other services use beyond that (nobody, daemon): whoever shares the account could
    read the data.
    """
    found = _by_name(SERVER_ACCOUNT)
    if found is not None:
        return found
    problem = _create()
    found = _by_name(SERVER_ACCOUNT) or _by_name(_FALL_BACK)
    if found is None or found.uid == 0:
        raise ServerStartError(
            f"Postgres may not run as root, and the account {SERVER_ACCOUNT!r} could not be created: {problem}",
            hint=f"run: useradd --system {SERVER_ACCOUNT}   (or start the console as another user, or use --dsn)",
        )
    return found


def _create() -> str:
    """Create the account; returns what went wrong, if anything."""
    nologin = shutil.which("nologin") or "/bin/false"
    useradd = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    adduser = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", nologin, SERVER_ACCOUNT]
    if shutil.which("useradd"):
        command = [*useradd, "--shell", nologin, SERVER_ACCOUNT]
    elif shutil.which("adduser"):
        command = adduser
    else:
        return "neither useradd nor adduser is installed"
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return done.stderr.strip() or f"{command[0]} ended with {done.returncode}"


def can_traverse(account: Account, path: Path) -> bool:
    """Whether `account` may enter `path` (its nearest existing part) from the root down, by owner, group and mode."""
    path = path.absolute()
    for part in [*reversed(path.parents), path]:
        try:
            info = part.stat()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        if info.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif info.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not stat.S_ISDIR(info.st_mode) or not info.st_mode & needed:
            return False
    return True


def login_role(account: Account) -> str:
    """The database role of an account: `op_` and its name in lower case, other characters as underscores."""
    return "op_" + re.sub(r"[^a-z0-9_]", "_", account.name.lower())[:50]
