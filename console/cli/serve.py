"""`serve`: the terminal in a browser, for whoever sits at this machine."""

import argparse
import os
import shlex
import sys
from typing import Any

from console.cli.context import Context
from console.errors import NotAvailable, UsageError

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No verbs: `aoer-console serve` serves."""
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (default: serve.host, 127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="PORT", help="TCP port (default: serve.port, 8765)")
    parser.add_argument("--allow-remote", action="store_true", help="permit an address that other machines reach")
    parser.set_defaults(handler=serve)


def serve(args: argparse.Namespace, context: Context) -> int:
    """Serve until Ctrl+C. The address carries a secret; without it nobody gets in."""
    import secrets

    settings = context.settings
    host, port = args.host or settings.serve.host, args.port or settings.serve.port
    if host not in LOOPBACK and not args.allow_remote:
        raise UsageError(
            f"{host} can be reached from other machines, and whoever gets in operates the console",
            hint=f"use ssh -L {port}:127.0.0.1:{port}, or --allow-remote behind a proxy that encrypts and asks who",
        )
    try:
        from console.cli.web import guarded_server
    except ModuleNotFoundError as error:
        hint = "pip install 'aoer-console[web]'"
        raise NotAvailable(f"the browser console is not installed (no {error.name})", hint=hint) from None
    token = secrets.token_urlsafe(24)
    os.environ.update(_environment(context))
    server: Any = guarded_server(shlex.join(command()), host, port, token)
    shown = f"[{host}]" if ":" in host else host
    context.out.note("the console is served until Ctrl+C at this address, which lets in whoever knows it:")
    context.out.line(f"http://{shown}:{port}/?token={token}")
    context.out.stdout.flush()
    server.serve()
    return 0


def command() -> list[str]:
    """What runs for each visitor."""
    return [sys.executable, "-m", "console"]


def _environment(context: Context) -> dict[str, str]:
    """Flags as variables for the visitor's process: a command line with a password would show in process lists."""
    names = {"database.dsn": "AOER_DSN", "embedded.data_dir": "AOER_DATA_DIR", "database.read_only": "AOER_READ_ONLY"}
    found = {names[key]: value for key, value in context.flags.items()}
    if context.args.profile:
        found["AOER_PROFILE"] = context.args.profile
    if context.config_file:
        found["AOER_CONFIG"] = str(context.config_file.absolute())
    return found
