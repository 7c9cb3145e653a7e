"""The feed's heartbeat: consoles that hear nothing else learn that notifications still arrive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.config.settings import Settings
from console.store.database import Database


async def run(db: Database, _settings: Settings, _tick: datetime) -> Mapping[str, Any]:
    """Say so."""
    db.changed("heartbeat")
    return {}
