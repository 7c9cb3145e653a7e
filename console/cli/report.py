"""Errors as people and scripts read them: `error:` and `hint:` lines, or one JSON object, on stderr."""

import math
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from console.cli.output import Output
from console.domain.text import clean
from console.errors import ConsoleError, RateLimited

INTERRUPTED = 130
OUTPUT_CLOSED = 141


def report(error: BaseException, out: Output, *, debug: bool) -> int:
    """Say what went wrong and return the exit code."""
    error = _single(error)
    if isinstance(error, BrokenPipeError):
        return _closed()
    if isinstance(error, KeyboardInterrupt):
        _say(out, "interrupted", "", "Interrupted", INTERRUPTED)
        return INTERRUPTED
    if isinstance(error, ConsoleError):
        if debug:
            traceback.print_exception(error, file=sys.stderr)
        more = {"retry_after": _seconds(error)} if isinstance(error, RateLimited) else {}
        _say(out, error.message, error.hint, type(error).__name__, error.exit_code, more)
        return error.exit_code
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    file = None if debug else _log(error)
    hint = f"the traceback is in {file}" if file else "run again with --debug for the traceback"
    _say(out, f"unexpected {words}", "" if debug else hint, "Unexpected", 1)
    return 1


def _single(error: BaseException) -> BaseException:
    """The one error inside a task group's wrapper, so that it keeps its message and exit code."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _seconds(error: RateLimited) -> float | None:
    """None for never, which JSON has no number for."""
    return round(error.retry_after, 3) if math.isfinite(error.retry_after) else None


def _say(
    out: Output, message: str, hint: str, kind: str, code: int, more: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """To stderr, whatever has become of stdout."""
    if out.is_json:
        import json

        body = {"error": {"type": kind, "message": message, "hint": hint or None, "exit_code": code, **more}}
        text = json.dumps(body, ensure_ascii=False)
    else:
        text = f"error: {clean(message)}" + (f"\nhint: {clean(hint)}" if hint else "")
    _settle(out)
    try:
        out.stderr.write(text + "\n")
        out.stderr.flush()
    except OSError:  # nobody listens there either: the exit code has to say it
        return


def _settle(out: Output) -> None:
    """What was printed comes before the error; what cannot be printed must not fail again at the end."""
    try:
        out.stdout.flush()
    except OSError:
        _closed()


def usable_streams() -> None:
    """Make printing possible whatever we were started with: closed streams, encodings without our signs."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if name == "stdout" else "backslashreplace")


def _closed() -> int:
    """The reader of our output went away: point stdout elsewhere, so that the interpreter's last flush is quiet."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return OUTPUT_CLOSED


def _log(error: BaseException) -> Path | None:
    """Append the traceback to the user's log file; None when that cannot be written."""
    from console.config.paths import log_file

    file = log_file()
    text = "".join(traceback.format_exception(error))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(f"--- {datetime.now(UTC).isoformat(timespec='seconds')}\n{text}")
    except OSError:
        return None
    return file
