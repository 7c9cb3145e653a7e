"""What the terminal needs from whoever starts it: services that come up after the first paint."""

from collections.abc import Callable
from typing import Protocol

from console.feed.ports import ActionsPort, FeedPort


class ServicesPort(Protocol):
    """Server, migrations, pool, feed and scheduler behind two ports. Started once the screen has been painted."""

    async def start(self, say: Callable[[str], None]) -> tuple[FeedPort, ActionsPort]:
        """Bring everything up; `say` gets one short line for each step.

        Raises:
            DatabaseUnavailable: nobody answers; the terminal shows why and tries again.
            ConsoleError: anything else; the terminal shows it and waits for the refresh key.
        """
        ...

    async def stop(self) -> None:
        """Drain and close; safe to call at any time, also when `start` failed half way."""
        ...
