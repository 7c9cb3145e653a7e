"""Who does something, from where and why: travels with every write into its audit row."""

import getpass
import uuid
from dataclasses import dataclass, field

from console.domain.enums import Origin


def os_user() -> str:
    """The operating system's name for whoever runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """One request by one person or machine.

    The database role is not here: Postgres reads it from `session_user`, which no client can forge.
    """

    origin: Origin
    reason: str = ""
    os_user: str = field(default_factory=os_user)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
