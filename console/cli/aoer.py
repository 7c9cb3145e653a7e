"""`aoer-console aoer ...`: ratings, their explanation, their skill, exposure, revenue at risk, intents, probing."""

import argparse
from collections.abc import Awaitable
from datetime import date
from typing import TypeAlias

from console.cli.context import Context
from console.errors import UsageError

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs of the noun."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    _rating(verbs)
    _skill(verbs)
    _backtest(verbs)
    _exposure(verbs)
    _revenue(verbs)
    _intents(verbs)
    _probe(verbs)


def day(text: str) -> date:
    """A day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a day like 2026-01-31") from None


def _tenant(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("tenant", metavar="TENANT", help="slug, id or exact name")


def _range(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="first", type=day, metavar="DAY", help="first day (default: 12 weeks ago)")
    verb.add_argument("--to", dest="last", type=day, metavar="DAY", help="last day (default: today)")


def _rating(verbs: Verbs) -> None:
    show = verbs.add_parser("show", help="the rating of a tenant, with interval, risk and how far to trust it")
    explain = verbs.add_parser("explain", help="the rating in its parts: own level and what each signal adds")
    history = verbs.add_parser("history", help="stored recomputes of a tenant, newest first")
    what_if = verbs.add_parser("what-if", help="the rating at other signals, such as: what-if acme aeo=70 geo=+5")
    for verb in (show, explain, history, what_if):
        _tenant(verb)
    history.add_argument("--days", type=int, default=90, help="how far back (default: %(default)s)")
    history.add_argument("--limit", type=int, default=50, help="rows at most (default: %(default)s)")
    what_if.add_argument("changes", nargs="+", metavar="SIGNAL=VALUE", help="a value 0..100, or +N or -N points")
    learn = verbs.add_parser("learn", help="learn now from all readings (a cycle does it weekly)")
    for verb, name in ((show, "show"), (explain, "explain"), (history, "history"), (what_if, "what_if")):
        verb.set_defaults(handler=_rating_handler(name))
    learn.set_defaults(handler=_rating_handler("learn"))


def _skill(verbs: Verbs) -> None:
    skill = verbs.add_parser(
        "skill",
        help="errors of classic, equal+level and calibrated on the same past weeks, also when negative",
        description="Errors on the same past readings: of predictions stored before their reading came, and of a"
        " walk-forward replay of the stored rows.",
    )
    skill.add_argument("tenant", nargs="?", metavar="TENANT", help="one tenant (default: all)")
    skill.add_argument("--weeks", type=int, default=26, help="how far back (default: %(default)s)")
    skill.set_defaults(handler=_rating_handler("skill"))


def _backtest(verbs: Verbs) -> None:
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
    verb.set_defaults(handler=_backtest_handler)


def _exposure(verbs: Verbs) -> None:
    exposure = verbs.add_parser(
        "exposure",
        help="how far AI answers stand between queries and the tenant's page, and which queries lose most",
        description="Exposure with its sample and 95 %% intervals, trend, breakdowns, losing queries, share of voice.",
    )
    exposure.add_argument("tenant", nargs="?", metavar="TENANT", help="slug, id or exact name")
    exposure.add_argument("--file", metavar="FILE", help="measure a queries file instead (needs no database)")
    exposure.add_argument("--top", type=int, default=10, help="losing queries shown (default: %(default)s)")
    queries = verbs.add_parser("queries", help="totals, intents and weekly trend of a tenant's queries")
    _tenant(queries)
    for verb in (exposure, queries):
        _range(verb)
    exposure.set_defaults(handler=_query_handler("exposure"))
    queries.set_defaults(handler=_query_handler("statistics"))


def _revenue(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "rar",
        help="revenue at risk: from observed losses, from stated assumptions, or not computable",
        description="Without options shows the figure. With --unit, --since or --assume declares what it rests on.",
    )
    _tenant(verb)
    verb.add_argument("--unit", choices=("currency", "rate"), help="unit of observed losses")
    verb.add_argument("--since", type=day, metavar="DAY", help="first day of losses in this unit")
    verb.add_argument(
        "--assume",
        action="append",
        default=[],
        metavar="NAME=LOW[,LIKELY],HIGH",
        help="impressions, ai_share, baseline_ctr, ctr_drop, lead_rate, close_rate, gross, recoverable",
    )
    verb.set_defaults(handler=_query_handler("revenue"))


def _intents(verbs: Verbs) -> None:
    classify = verbs.add_parser("classify", help="classify queries without an intent (a cycle does it too)")
    classify.add_argument("tenant", nargs="?", metavar="TENANT", help="one tenant (default: all)")
    review = verbs.add_parser("review", help="queries whose intent the classifier was not sure of; state them")
    _tenant(review)
    review.add_argument("--limit", type=int, default=50, help="rows at most (default: %(default)s)")
    review.add_argument("--query", metavar="TEXT", help="the query to state an intent for")
    review.add_argument("--intent", metavar="INTENT", help="informational, commercial, navigational or other")
    classify.set_defaults(handler=_query_handler("classify"))
    review.set_defaults(handler=_query_handler("review"))


_ENGINES = """\
engines file (TOML), one table for each OpenAI-compatible endpoint:
  [[engine]]
  name = "example"
  url = "https://engine.example/v1"      # /chat/completions is appended
  model = "some-model"
  api_key_env = "EXAMPLE_KEY"            # variable that holds the key; leave out where none is needed
  surface = "developer API, web search"  # what is measured; stored with every run
  requests_per_minute = 60
  concurrency = 4
  timeout_seconds = 60
  attempts = 3                           # technical failures only
  answer_tokens = 800                    # expected length, for --dry-run
  prompt_price = 0.15                    # per million tokens; leave both out where unknown
  answer_price = 0.60

exit codes: 0 done, 6 no such panel or engine, 7 the panel was edited, 69 nothing configured or every engine failed
"""


def _probe(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "probe",
        help="ask answer engines the tenant's frozen prompt panel and store what they say",
        description="Sends every prompt of the newest frozen panel to the configured engines and stores what they say."
        " Prompts that name the tenant are asked but do not count. A failed engine has no share, never 0.",
        epilog=_ENGINES,
    )
    _tenant(verb)
    verb.add_argument("--freeze", metavar="FILE", help="freeze a file of prompts (one a line, or CSV) as a new panel")
    verb.add_argument("--dry-run", action="store_true", help="show panel, engines and the cost to expect; ask nobody")
    verb.add_argument("--engine", action="append", metavar="NAME", help="only this engine (default: all configured)")
    verb.add_argument("--engines", metavar="FILE", help="engines file (default: setting aoer.engines)")
    verb.set_defaults(handler=_probe_handler)


def _rating_handler(name: str) -> object:
    def handle(args: argparse.Namespace, context: Context) -> Awaitable[int]:
        from console.cli import aoer_rating

        work: Awaitable[int] = getattr(aoer_rating, name)(args, context)
        return work

    return handle


def _query_handler(name: str) -> object:
    def handle(args: argparse.Namespace, context: Context) -> Awaitable[int]:
        from console.cli import aoer_queries

        work: Awaitable[int] = getattr(aoer_queries, name)(args, context)
        return work

    return handle


def _backtest_handler(args: argparse.Namespace, context: Context) -> int:
    from console.aoer.backtest_report import backtest_file

    return backtest_file(args, context.out)


def _probe_handler(args: argparse.Namespace, context: Context) -> Awaitable[int]:
    from console.cli.aoer_probe import probe

    return probe(args, context)
