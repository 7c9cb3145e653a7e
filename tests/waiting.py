"""Waiting for what happens elsewhere, without guessing how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def until(check: Callable[[], Awaitable[Any]], *, patience: float = 30.0) -> None:
    """Ask `check` again and again until it says yes; TimeoutError after `patience` seconds."""
    async with asyncio.timeout(patience):
        while True:
            if await check():
                return
            await asyncio.sleep(0)
