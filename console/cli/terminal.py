"""The bare call: open the terminal, or run the scheduler without one."""

import argparse
import os
import sys
from collections.abc import Awaitable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from console.cli.context import Context
from console.errors import NotAvailable, UsageError

if TYPE_CHECKING:
    from console.config import Settings


def open_terminal(args: argparse.Namespace, context: Context) -> int | Awaitable[int]:
    """Run the terminal until it quits. `--scheduler-only` never imports it."""
    if args.scheduler_only:
        settings = context.settings
        result: int | Awaitable[int] = _load("console.scheduler.headless").run(settings)
        return result
    if context.out.is_json:
        raise UsageError("--json needs a noun and a verb", hint="for example: aoer-console status --json")
    if not args.screenshot:
        need_a_terminal()
    settings = context.settings
    log_to_file(settings)
    app = _load("console.tui.app")
    wants = settings.scheduler.enabled and not args.no_scheduler and not args.screenshot
    services = _load("console.cli.terminal_services").TerminalServices(settings, scheduler=wants)
    code: int = app.run_app(services, settings, screenshot=args.screenshot, screen=args.screen)
    return code


def need_a_terminal() -> None:
    """Say what to do instead where there is none."""
    if "web_driver" in os.environ.get("TEXTUAL_DRIVER", ""):  # in a browser the driver needs none
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the terminal needs a terminal, and this is not one",
            hint="use a verb (aoer-console status), --scheduler-only on a server, or ssh -t",
        )
    if os.environ.get("TERM", "") in {"", "dumb"}:
        raise UsageError("TERM says that this terminal cannot place text", hint="set TERM, for example xterm-256color")


def log_to_file(settings: "Settings") -> None:
    """Log lines would be written across the screen: they go to a file, or nowhere where none can be written."""
    import logging
    from logging.handlers import RotatingFileHandler

    from console.config.paths import log_file

    file = log_file().with_name("terminal.log")
    handler: logging.Handler = logging.NullHandler()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True)
    except OSError:
        pass
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log.level.upper())


def _load(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        hint = "reinstall the program: pip install --force-reinstall aoer-console"
        raise NotAvailable(f"{module} is not part of this installation", hint=hint) from None
