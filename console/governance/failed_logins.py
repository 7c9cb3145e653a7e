"""Refused log-ins wait in a small file of the user until somebody gets in: who is refused cannot write the record."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from console.store.translate import sqlstate

MOST = 100
_REFUSED = {"28000", "28P01"}
_ROLE = re.compile(r'(?:user|role) "([^"]{1,100})"')


def refused(error: BaseException | None) -> bool:
    """Whether the server turned this role or password away."""
    return error is not None and sqlstate(error) in _REFUSED


def server_of(dsn: str | None) -> str:
    """The server and database of a DSN, without role and password: the same for everybody who goes there."""
    if dsn is None:
        return "embedded"
    if "://" not in dsn:
        return " ".join(sorted(word for word in dsn.split() if not word.startswith(("user=", "password="))))
    parts = urlsplit(dsn)
    hosts = parts.netloc.rpartition("@")[2] or ",".join(parse_qs(parts.query).get("host", []))
    return hosts + parts.path


class FailedLogins:
    """One line of JSON for each refusal: server, at, role, error. The latest `MOST` wait: a program that tries for ever
    must not fill the disk. Several programs may use the file; a file that cannot be written is done without.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, server: str, error: BaseException, now: datetime | None = None) -> None:
        """Remember a refusal."""
        found = _ROLE.search(str(error))
        self._add(
            [
                {
                    "server": server,
                    "at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
                    "role": found[1] if found else "",
                    "error": str(error)[:500],
                }
            ]
        )

    def take(self, server: str) -> list[dict[str, Any]]:
        """Those of one server, oldest first; they are no longer in the file."""
        mine = self._file.with_name(f"{self._file.name}.{uuid4().hex[:8]}")
        try:
            self._file.replace(mine)  # two programs must not record the same refusals
            lines = mine.read_text(encoding="utf-8").splitlines()
            mine.unlink()
        except OSError:
            return []
        rows = [row for line in lines if (row := _row(line)) is not None]
        self._add([row for row in rows if row.get("server") != server])
        return [row for row in rows if row.get("server") == server]

    def give_back(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """They could not be recorded after all."""
        self._add(rows)

    def _add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            kept = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
            kept = [*kept, *(json.dumps(row) for row in rows)][-MOST:]
            fresh = self._file.with_name(f"{self._file.name}.{uuid4().hex[:8]}")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write("\n".join(kept) + "\n")
            fresh.replace(self._file)
        except OSError:
            return


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
