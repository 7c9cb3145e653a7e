"""`status`: the health of everything on one screen."""

import argparse
from typing import Any

from console.cli.context import Context
from console.cli.status_judge import Finding, exit_code, judge, problem
from console.errors import DatabaseUnavailable, MigrationError

_EPILOG = """\
exit codes of status:
  0  healthy (warnings do not count)
  3  a setting is wrong                    9  the schema needs migrating, or is newer than this program
  4  the database cannot be reached       10  something else is unhealthy: the findings say what"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No verbs."""
    parser.epilog = _EPILOG
    parser.set_defaults(handler=status)


async def status(_args: argparse.Namespace, context: Context) -> int:
    """Print the health and return it as the exit code."""
    from console.cli.status_read import read_status

    settings = context.settings
    try:
        found = await read_status(settings)
        findings = judge(found)
    except (DatabaseUnavailable, MigrationError) as error:
        reach = isinstance(error, DatabaseUnavailable)
        found = {"database": {"reachable": not reach, "error": error.message, "hint": error.hint}}
        findings = [problem("reach" if reach else "migrations", error.message, error.hint)]
    code = exit_code(findings)
    if context.out.is_json:
        context.out.json({"healthy": code == 0, "exit_code": code, **found, "findings": findings})
    else:
        _print(context, found, findings)
    return code


def _print(context: Context, found: dict[str, dict[str, Any]], findings: list[Finding]) -> None:
    from console.cli.status_view import lines

    for line in lines(found):
        context.out.line(line)
    bad = any(finding.level == "problem" for finding in findings)
    context.out.line(f"{'health':<11}{'not healthy' if bad else 'healthy'}")
    for finding in findings:
        mark = "✗" if finding.level == "problem" else "!"
        hint = f" ({finding.hint})" if finding.hint else ""
        section = "database" if finding.section == "reach" else finding.section
        context.out.line(f"  {mark} {section}: {finding.message}{hint}")
