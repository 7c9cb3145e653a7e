"""The bare call: open the terminal, or run the scheduler without one."""

import argparse
import os
import sys
from collections.abc import Awaitable
from importlib import import_module
from typing import Any

from console.cli.context import Context
from console.errors import NotAvailable, UsageError


def open_terminal(args: argparse.Namespace, context: Context) -> int | Awaitable[int]:
    """Run the terminal until it quits. `--scheduler-only` never imports it."""
    if args.scheduler_only:
        settings = context.settings
        result: int | Awaitable[int] = _load("console.scheduler.headless").run(settings)
        return result
    if context.out.is_json:
        raise UsageError("--json needs a noun and a verb", hint="for example: aoer-console status --json")
    in_browser = "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the terminal needs a terminal, and this is not one",
            hint="use a verb (aoer-console status), --scheduler-only on a server, or ssh -t",
        )
    if not in_browser and os.environ.get("TERM", "") in {"", "dumb"}:
        raise UsageError("TERM says that this terminal cannot place text", hint="set TERM, for example xterm-256color")
    settings = context.settings
    app = _load("console.tui.app")
    code: int | None = app.run_app(settings, scheduler=settings.scheduler.enabled and not args.no_scheduler)
    return code or 0


def _load(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise NotAvailable(
            f"{module} is not part of this installation",
            hint="reinstall the program: pip install --force-reinstall aoer-console",
        ) from None
