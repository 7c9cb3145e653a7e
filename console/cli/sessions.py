"""`aoer-console sessions ...`: made from the action registry."""

from console.cli.actions_cli import noun

add_arguments = noun("sessions")
