"""`aoer-console aoer ...`: ratings, their explanation, their skill, exposure, revenue at risk, probing."""

import argparse

from console.cli.context import Context


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _backtest(verbs)


def _backtest(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser(
        "backtest",
        help="replay a signals file week by week and measure every prediction (needs no database)",
        description="Replay a signals file in date order: each prediction uses earlier rows and the signals of its own"
        " date. Prints errors and coverage; writes one line a row.",
    )
    verb.add_argument("--signals", required=True, metavar="FILE", help="import format; .gz and - (stdin) are fine")
    verb.add_argument("--out", metavar="FILE", help="write tenant,date,prediction,low,high,risk,classic,equal_level")
    verb.add_argument("--on-error", choices=("abort", "skip"), default="abort", help="rows that cannot be used")
    verb.add_argument("--no-pooling", action="store_true", help="tenants learn nothing from each other")
    verb.set_defaults(handler=run_backtest)


def run_backtest(args: argparse.Namespace, context: Context) -> int:
    """Handler of `aoer backtest`."""
    from console.aoer.backtest_report import backtest_file

    return backtest_file(args, context.out)
