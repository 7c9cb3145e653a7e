"""Arguments: the tree of nouns and verbs, global flags anywhere, errors that name the nearest word."""

import argparse
import difflib
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, NoReturn

from console import __version__
from console.cli.nouns import Noun, available
from console.errors import UsageError

PROG = "aoer-console"

EXIT_CODES = """\
exit codes:
  0  done                         7  changed meanwhile, or does not apply now
  1  unexpected error             8  rows of an input file were rejected
  2  wrong command line           9  the schema needs migrating, or cannot be
  3  wrong setting               10  a check found something wrong
  4  database unreachable        69  not installed or not configured
  5  not permitted               75  too many requests, try again later
  6  not found                  130  interrupted        141  output closed early"""

GLOBALS = {"json": False, "dsn": None, "profile": None, "data_dir": None, "config": None, "read_only": False}
GLOBALS |= {"reason": None, "debug": False}
"""What the global flags are when nobody gives them."""

EVERYWHERE = "everywhere"
_TAKES_VALUE = {
    "--dsn",
    "--profile",
    "--data-dir",
    "--config",
    "--reason",
    "--screenshot",
    "--screen",
    "--metrics-port",
}


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Help as written, and a usage line without the flags that every verb has."""

    def add_usage(
        self, usage: str | None, actions: Iterable[Any], groups: Iterable[Any], prefix: str | None = None
    ) -> None:
        """Leave the group of everywhere flags out of the usage line."""
        own = [action for action in actions if getattr(action.container, "title", None) != EVERYWHERE]
        super().add_usage(usage, own, groups, prefix)


class Parser(argparse.ArgumentParser):
    """argparse, but errors are UsageErrors with a hint, and words are never abbreviated."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        kwargs.setdefault("formatter_class", Formatter)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and exiting."""
        raise UsageError(message.removeprefix("argument "), hint=f"see {self.prog} --help")

    def unknown(self, word: str) -> NoReturn:
        """Raise for a word that no parser took, naming the nearest option of this one."""
        what = "option" if word.startswith("-") else "argument"
        hint = self._nearest(word.partition("=")[0]) if what == "option" else ""
        raise UsageError(f"unknown {what} {word!r} after '{self.prog}'", hint=hint or f"see {self.prog} --help")

    def _nearest(self, option: str) -> str:
        """A hint for an option nobody knows: a positional of that name, or the nearest option."""
        bare = option.lstrip("-")
        if any(not action.option_strings and action.dest == bare for action in self._actions):
            usage = self.format_usage().removeprefix("usage: ").strip()
            return f"{bare.upper()} is given without {option}, as in: {usage}"
        names = {name.lstrip("-"): name for action in self._actions for name in action.option_strings}
        close = difflib.get_close_matches(bare, names, n=1, cutoff=0.55)
        return f"did you mean {names[close[0]]!r}?" if close else ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices: Iterable[Any] | None = action.choices
        if choices is None or value in choices:
            return
        what = "command" if isinstance(action, argparse._SubParsersAction) else _name(action)
        known = [str(choice) for choice in choices]
        hint = _meant(str(value), known) or f"one of: {', '.join(known)}"
        raise UsageError(f"unknown {what} {str(value)!r} after '{self.prog}'", hint=hint)


def _name(action: argparse.Action) -> str:
    return "/".join(action.option_strings) or str(action.metavar or action.dest)


def _meant(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.55)
    return f"did you mean {close[0]!r}?" if close else ""


def add_globals(parser: argparse.ArgumentParser) -> None:
    """The flags of every verb. Already present options are left alone; absent ones leave no attribute."""
    group = parser.add_argument_group(EVERYWHERE)
    flags: list[tuple[str, dict[str, Any]]] = [
        ("--json", {"action": "store_true", "help": "print one JSON document on stdout"}),
        ("--dsn", {"metavar": "DSN", "help": "Postgres to use (default: AOER_DSN, profile, config, embedded)"}),
        ("--profile", {"metavar": "NAME", "help": "profile of config.toml"}),
        ("--data-dir", {"metavar": "DIR", "help": "data directory of the embedded Postgres"}),
        ("--config", {"metavar": "FILE", "help": "settings file"}),
        ("--read-only", {"action": "store_true", "help": "open sessions read only"}),
        ("--reason", {"metavar": "TEXT", "help": "why: recorded in the audit log"}),
        ("--debug", {"action": "store_true", "help": "show the traceback of an unexpected error"}),
    ]
    taken = {option for action in parser._actions for option in action.option_strings}
    for name, settings in flags:
        if name not in taken:
            group.add_argument(name, default=argparse.SUPPRESS, **settings)


def build(chosen: str | None) -> Parser:
    """The parser. Only the module of the `chosen` noun is imported; "*" imports all of them."""
    parser = Parser(prog=PROG, usage="%(prog)s [NOUN VERB ...] [--scheduler-only | --no-scheduler] [options]")
    nouns = available()
    parser.description = "Operations console for AOER ratings and delivery automation, straight on Postgres.\n"
    parser.description += "Without a noun it opens the terminal.\n\n" + _listing(nouns)
    parser.epilog = f"{PROG} NOUN --help lists the verbs of a noun.\n\n{EXIT_CODES}"
    parser.add_argument("--version", action="version", version=f"{PROG} {__version__}")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--scheduler-only", action="store_true", help="run the scheduler and workers, without a terminal")
    mode.add_argument("--no-scheduler", action="store_true", help="open a terminal that only watches")
    parser.add_argument(
        "--metrics-port",
        metavar="PORT",
        help="with --scheduler-only: serve /metrics, /healthz, /readyz on localhost",
    )
    parser.add_argument("--screen", metavar="NAME", help="open the terminal on this screen: map, orders, alerts ...")
    parser.add_argument("--screenshot", metavar="FILE", help="draw the screen once, as SVG, and end")
    add_globals(parser)
    nested = parser.add_subparsers(dest="noun", metavar="NOUN", prog=PROG, parser_class=Parser, help=argparse.SUPPRESS)
    for name, noun in nouns.items():
        one = nested.add_parser(name, description=noun.help[:1].upper() + noun.help[1:] + ".")
        if chosen in {name, "*"}:
            import_module(noun.module).add_arguments(one)
        _finish(one)
    return parser


def _listing(nouns: dict[str, Noun]) -> str:
    lines: list[str] = []
    for group in dict.fromkeys(noun.group for noun in nouns.values()):
        lines.append(f"{group}:")
        lines += [f"  {name:<12} {noun.help}" for name, noun in nouns.items() if noun.group == group]
    return "\n".join(lines)


def _finish(parser: argparse.ArgumentParser) -> None:
    """Global flags and exit codes on a parser and all below it."""
    add_globals(parser)
    parser.allow_abbrev = False
    parser.epilog = parser.epilog or EXIT_CODES
    parser.formatter_class = Formatter
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in {id(one): one for one in action.choices.values()}.values():
                _finish(child)


def first_word(argv: Sequence[str]) -> str | None:
    """The noun: the first word that is neither a flag nor the value of a global flag."""
    words = iter(argv)
    for word in words:
        if word in _TAKES_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _deepest(parser: Parser, words: Sequence[str]) -> Parser:
    """The parser of the noun or verb that `words` lead to."""
    for word in words:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction) and word in action.choices:
                parser = action.choices[word]
                break
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line. Raises UsageError; --help and --version raise SystemExit after printing."""
    if argv and argv[0] == "help":
        argv = [*argv[1:], "--help"]
    parser = build(first_word(argv))
    args, left = parser.parse_known_args(argv)
    if left:
        _deepest(parser, argv).unknown(left[0])
    for name, default in GLOBALS.items():
        if not hasattr(args, name):
            setattr(args, name, default)
    if args.noun and not hasattr(args, "handler"):
        raise UsageError(f"{PROG} {args.noun} needs a verb", hint=f"see {PROG} {args.noun} --help")
    return args
