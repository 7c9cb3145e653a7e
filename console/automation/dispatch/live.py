"""Prices of live rounds, in one place: the live engine decides by them, and so does its replay."""

from console.automation.dispatch.model import Weights

_EFFORT = 4_000.0
"""Routes looked at in one round: some tens of milliseconds. The draft lets the next round go on from there."""


def live_weights(commit_minutes: float) -> Weights:
    """Nobody is paid by the order here, a broken promise weighs more, a told driver keeps what it was told.

    `commit_minutes` before the last minute to set out the driver is told.
    """
    return Weights(late=2.0, pay=0.0, commit=commit_minutes, withdraw=False, candidates=10, effort=_EFFORT, passes=1)
