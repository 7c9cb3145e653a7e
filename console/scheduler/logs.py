"""What a headless process writes to stderr: text for people or one JSON object a line."""

import json
import logging
import sys
import time
from typing import TextIO


class TextLines(logging.Formatter):
    """`2026-11-21T10:00:00Z INFO console.queue: message`; a batch of lines gets the head on each."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        """UTC, whole seconds."""
        return time.strftime(datefmt or "%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))

    def format(self, record: logging.LogRecord) -> str:
        """The record's line or lines."""
        text = super().format(record)
        if not getattr(record, "batch", False):
            return text
        first, *others = text.split("\n")
        head = first[: len(first) - len(record.message.split("\n", 1)[0])]
        return "\n".join([first, *(head + other for other in others)])


class JsonLines(logging.Formatter):
    """One object a line: at, level, logger, message, and error with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's object, or one for each line of a batch."""
        message = record.getMessage()
        entry = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        parts = message.split("\n") if getattr(record, "batch", False) else [message]
        return "\n".join([json.dumps({**entry, "message": part}, ensure_ascii=False) for part in parts])


def set_up(style: str, level: str, stream: TextIO | None = None) -> None:
    """Send the program's log to stderr; other libraries only from warnings on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("console").setLevel(level.upper())
