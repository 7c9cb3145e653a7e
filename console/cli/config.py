"""`config`: where settings come from, and whether they are right."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli.context import Context
from console.errors import ConfigError, NotFound

if TYPE_CHECKING:
    from console.config import Loaded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs of `config`."""
    verbs = parser.add_subparsers(metavar="VERB", dest="verb")
    show = verbs.add_parser("show", help="every setting and where its value comes from")
    show.add_argument("section", nargs="?", help="only this section, or one key written section.key")
    show.add_argument("--changed", action="store_true", help="only what differs from the default")
    show.set_defaults(handler=show_settings)
    validate = verbs.add_parser("validate", help="check a settings file, naming line and nearest key")
    validate.add_argument("file", nargs="?", metavar="FILE", help="file to check (default: all that is in effect)")
    validate.set_defaults(handler=validate_settings)
    path = verbs.add_parser("path", help="which files are read, and where data lives")
    path.set_defaults(handler=show_paths)
    keys = verbs.add_parser("keys", help="ids of the key bindings, for the [keys] section")
    keys.set_defaults(handler=list_keys)
    default = verbs.add_parser("default", help="print the commented defaults, a start for your own file")
    default.set_defaults(handler=print_default)


def show_settings(args: argparse.Namespace, context: Context) -> int:
    """Print settings with their origin; passwords are hidden."""
    loaded = context.loaded
    rows = [
        (key, value, origin)
        for key, value, origin in _rows(loaded)
        if (not args.section or key == args.section or key.startswith(args.section + "."))
        and (not args.changed or origin != "default")
    ]
    if args.section and not rows and not args.changed:
        from console.config.problems import nearest

        sections = {key.partition(".")[0] for key, _, _ in _rows(loaded)}
        known = {key for key, _, _ in _rows(loaded)} if "." in args.section else sections
        raise NotFound(f"no setting {args.section!r}", hint=nearest(args.section, known))
    if context.out.is_json:
        settings = {key: {"value": value, "origin": origin} for key, value, origin in rows}
        file = str(loaded.file) if loaded.file else None
        context.out.json({"file": file, "profile": loaded.profile, "settings": settings})
    else:
        from console.config.document import literal

        shown = [(key, "" if value is None else literal(value), origin) for key, value, origin in rows]
        context.out.table(("key", "value", "origin"), shown, empty="nothing differs from the defaults")
    return 0


def _rows(loaded: "Loaded") -> Iterator[tuple[str, Any, str]]:
    """(section.key, value, origin) of everything, in the order of the sections."""
    from console.config import redact
    from console.config.settings import SECTIONS

    settings = loaded.settings
    for name, kind in SECTIONS.items():
        for field in kind.__struct_fields__:
            key = f"{name}.{field}"
            yield key, redact.setting(key, getattr(getattr(settings, name), field)), loaded.origins[key]
    for binding, value in settings.keys.items():
        yield f"keys.{binding}", value, loaded.origins[f"keys.{binding}"]
    for name, profile in settings.profiles.items():
        for field in profile.__struct_fields__:
            value = getattr(profile, field)
            if value is not None:
                key = f"profiles.{name}.{field}"
                yield key, redact.setting(key, value), loaded.origins[key]


def validate_settings(args: argparse.Namespace, context: Context) -> int:
    """List every problem, like a linter: file:line:column: message. Exit code 3 when there is one."""
    from console.config.loader import examine

    if args.file:
        file = Path(args.file).expanduser()
        loaded = examine(env={}, file=file)
    else:
        loaded = examine(cli=context.flags, file=context.config_file, profile=getattr(args, "profile", None))
    problems = loaded.problems
    name = str(loaded.file) if loaded.file else None
    if context.out.is_json:
        listed = [
            {"source": p.source, "line": p.line, "column": p.column, "key": p.key, "message": p.message, "hint": p.hint}
            for p in problems
        ]
        context.out.json({"file": name, "valid": not problems, "problems": listed})
    else:
        for problem in problems:
            context.out.line(f"{problem}" + (f" ({problem.hint})" if problem.hint else ""))
        _warn_readable(context, loaded)
        context.out.note(
            f"{len(problems)} wrong" if problems else f"settings are right ({name or 'no file, defaults'})"
        )
    return ConfigError.exit_code if problems else 0


def _warn_readable(context: Context, loaded: "Loaded") -> None:
    """A password in a file that others may read is worth a word."""
    from console.config import redact

    profiles = [profile.dsn for profile in loaded.settings.profiles.values()]
    secret = any(dsn and redact.text(dsn) != dsn for dsn in (loaded.settings.database.dsn, *profiles))
    if secret and loaded.file and loaded.file.stat().st_mode & 0o077:
        context.out.note(f"{loaded.file} holds a password and others may read it: chmod 600, or use ~/.pgpass")


def show_paths(args: argparse.Namespace, context: Context) -> int:
    """Print the files and directories in use; works even when a file is wrong."""
    import os

    from console.config import paths
    from console.config.loader import examine

    chosen, _ = paths.chosen_file(context.config_file, os.environ)
    loaded = examine(cli=context.flags, file=context.config_file, profile=getattr(args, "profile", None))
    found = {
        "settings": chosen,
        "settings_exist": chosen.exists(),
        "defaults": paths.packaged_file(),
        "data_dir": paths.data_dir(loaded.settings),
        "error_log": paths.log_file(),
    }
    context.out.record(found)
    return 0


def print_default(_args: argparse.Namespace, context: Context) -> int:
    """Print the packaged config.toml, or its values as JSON."""
    from console.config.document import document

    if context.out.is_json:
        from console.config import Settings

        context.out.json(Settings())
    else:
        context.out.raw(document())
    return 0


def list_keys(_args: argparse.Namespace, context: Context) -> int:
    """Every binding id with its key, remapped ones as remapped."""
    from console.config.keys import effective

    rows = [(one.id, list(one.keys), one.place, one.title) for one in effective(context.settings.keys).values()]
    context.out.table(("id", "keys", "where", "title"), rows)
    return 0
