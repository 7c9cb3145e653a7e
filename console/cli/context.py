"""What a verb gets besides its arguments: settings, output, database, and who is acting."""

import argparse
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from console.cli.output import Output

if TYPE_CHECKING:
    from console.config import Loaded, Settings
    from console.domain.actor import Actor
    from console.store.database import Database


_FLAGS = (("dsn", "database.dsn"), ("data_dir", "embedded.data_dir"), ("metrics_port", "scheduler.metrics_port"))


class Context:
    """One run of the command line. Settings are read at first use, so that verbs without any need no file."""

    def __init__(self, args: argparse.Namespace, out: Output) -> None:
        self.args = args
        self.out = out

    @cached_property
    def loaded(self) -> "Loaded":
        """Settings with their origins. Raises ConfigError."""
        from console.config import load

        return load(cli=self.flags, file=self.config_file, profile=getattr(self.args, "profile", None))

    @property
    def flags(self) -> dict[str, str]:
        """Settings given as global flags, as the loader takes them."""
        given: dict[str, str] = {}
        for flag, key in _FLAGS:
            value = getattr(self.args, flag, None)
            if value is not None:
                given[key] = value
        if getattr(self.args, "scheduler_only", False) and self.out.is_json:
            given["log.format"] = "json"
        if getattr(self.args, "read_only", False):
            given["database.read_only"] = "true"
        return given

    @property
    def config_file(self) -> Path | None:
        """The file named by --config."""
        name = getattr(self.args, "config", None)
        return Path(name).expanduser() if name else None

    @property
    def settings(self) -> "Settings":
        """All settings."""
        return self.loaded.settings

    def database(self, *, read_only: bool = False) -> "AbstractAsyncContextManager[Database]":
        """A connected Database, closed at the end of the block; who logged in and what was refused is recorded."""
        from console.governance.sessions import session

        return session(self.settings, self.actor(), application=self.noun or "cli", read_only=read_only)

    @property
    def noun(self) -> str:
        """The noun of this run; empty for a bare call."""
        return str(getattr(self.args, "noun", None) or "")

    def actor(self, reason: str = "") -> "Actor":
        """Who is acting: the operating system's user, from the command line, for `reason` or --reason."""
        from console.domain.actor import Actor
        from console.domain.enums import Origin

        return Actor(Origin.COMMAND_LINE, reason or getattr(self.args, "reason", None) or "")
