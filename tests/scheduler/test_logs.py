"""What a headless process writes."""

import io
import json
import logging

from console.queue import lines
from console.scheduler import logs


def write(style: str) -> list[str]:
    root, own = logging.getLogger(), logging.getLogger("console")
    before = root.handlers[:], root.level, own.level
    stream = io.StringIO()
    logs.set_up(style, "info", stream)
    try:
        lines.log.info(lines.ACTIVE)
        lines.say(lines.COMPLETED, ["a", "b"])
        lines.log.debug("not this")
        lines.log.warning("two\nlines")
        logging.getLogger("somebody.else").info("nor this")
    finally:
        root.handlers[:], root.level = before[0], before[1]
        own.setLevel(before[2])
    return stream.getvalue().splitlines()


def test_text_gives_every_job_a_line_of_its_own() -> None:
    out = write("text")
    assert out[0].endswith("INFO console.queue: AOER Orchestrator worker active")
    assert [line.split(": ", 1)[1] for line in out[1:3]] == [
        "[AOER] Completed recompute for a",
        "[AOER] Completed recompute for b",
    ]
    assert all("Z INFO console.queue: " in line for line in out[:3])


def test_json_is_one_object_a_line() -> None:
    entries = [json.loads(line) for line in write("json")]
    assert [entry["message"] for entry in entries] == [
        "AOER Orchestrator worker active",
        "[AOER] Completed recompute for a",
        "[AOER] Completed recompute for b",
        "two\nlines",
    ]
    assert {entry["level"] for entry in entries} == {"info", "warning"}
