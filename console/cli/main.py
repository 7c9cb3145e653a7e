"""Run one command line: parse, call the verb's handler, turn errors into messages and exit codes."""

import argparse
import sys
from collections.abc import Awaitable, Sequence

from console.cli.context import Context
from console.cli.output import Output
from console.cli.parser import parse
from console.cli.report import report, usable_streams


def run(argv: Sequence[str]) -> int:
    """The exit code of a command line; never raises."""
    usable_streams()
    out = Output(is_json="--json" in argv)
    try:
        args = parse(argv)
        out.is_json = getattr(args, "json", False)
        code = dispatch(args, Context(args, out))
        out.stdout.flush()
        return code
    except SystemExit as end:  # argparse after --help and --version
        return _end(out, end)
    except BaseException as error:
        return report(error, out, debug="--debug" in argv)


def dispatch(args: argparse.Namespace, context: Context) -> int:
    """Call the handler of the verb, or open the terminal when there is none."""
    handler = getattr(args, "handler", None)
    if handler is None:
        from console.cli.terminal import open_terminal

        handler = open_terminal
    result: int | Awaitable[int] = handler(args, context)
    return result if isinstance(result, int) else wait(result)


def wait(work: Awaitable[int]) -> int:
    """Run what a handler left to be awaited to its end."""
    from console import loop

    async def whole() -> int:
        return await work

    return loop.run(whole())


def _end(out: Output, end: SystemExit) -> int:
    try:
        out.stdout.flush()
    except OSError as error:
        return report(error, out, debug=False)
    return end.code if isinstance(end.code, int) else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
