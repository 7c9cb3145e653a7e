"""config.toml as text, made from the section Structs: `python -m console.config.document > config.toml`."""

import json
from typing import Any

from console.config.sections.core import ProfileSettings, Section
from console.config.settings import SECTIONS

_HEAD = """\
# Settings of aoer-console and their defaults. Made by: python -m console.config.document > config.toml
# Put your own into the file named by `aoer-console config path`; only what differs needs to be there.
# Command line > environment (AOER_<SECTION>_<KEY>) > profile > your file > this file.
# Durations may also be written as "90s", "5m", "2h" or "250ms".
"""
_KEYS = """\
# Keys of the terminal: binding id = key, for example "alert.acknowledge" = "f". The ids: aoer-console config keys.
[keys]
"""


def document() -> str:
    """The whole file; every key with its default, keys without a default commented out."""
    parts = [_HEAD]
    parts += [_section(name, kind) for name, kind in SECTIONS.items()]
    parts.append(_KEYS)
    profile = [f"# {ProfileSettings.TITLE}", "# [profiles.production]"]
    samples = {"dsn": '"postgresql://console@db.example.org/aoer"', "environment": '"production"', "color": '"#d70000"'}
    samples |= {"read_only": "true", "data_dir": '"/srv/aoer"'}
    profile += [f"# {key} = {samples[key]}  # {ProfileSettings.DOCS[key]}" for key in ProfileSettings.__struct_fields__]
    return "\n".join(parts) + "\n" + "\n".join(profile) + "\n"


def _section(name: str, kind: type[Section]) -> str:
    lines = [f"# {kind.TITLE}", f"[{name}]"]
    defaults = kind()
    for key in kind.__struct_fields__:
        value = getattr(defaults, key)
        lines.append(f"# {kind.DOCS[key]}")
        lines.append(f"# {key} =" if value is None else f"{key} = {literal(value)}")
    return "\n".join(lines) + "\n"


def literal(value: Any) -> str:
    """A plain value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {literal(item)}" for key, item in value.items()) + " }"
    return str(value) if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    import sys

    sys.stdout.write(document())
