"""Which server and database to connect to, as whom."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Target:
    """Either a DSN as the user wrote it, or a Unix socket of the embedded server.

    `owner` is the role that may create databases and roles on the embedded server; None on other servers, where the
    DSN's own role does what it may.
    """

    dsn: str | None = None
    host: str = ""
    port: int = 5432
    user: str = ""
    database: str = ""
    owner: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the server that the console brings along."""
        return self.dsn is None

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of `asyncpg.connect`. `database`, where set, overrides the DSN's."""
        if self.dsn is not None:
            found: dict[str, Any] = {"dsn": self.dsn}
            if self.user:
                found["user"] = self.user
            if self.database:
                found["database"] = self.database
            return found
        return {"host": self.host, "port": self.port, "user": self.user, "database": self.database}

    def url(self) -> str:
        """A URL for psql and other clients; a password in the DSN is left out."""
        if self.dsn is None:
            return f"postgresql://{quote(self.user)}@/{quote(self.database)}?host={quote(self.host)}&port={self.port}"
        return _without_password(self.dsn)

    def __str__(self) -> str:
        return self.url() if self.dsn is not None else f"{self.host} (embedded)"


def _without_password(dsn: str) -> str:
    if "://" not in dsn:
        words = [word for word in dsn.split() if not word.startswith("password=")]
        return " ".join(words)
    parts = urlsplit(dsn)
    if "@" not in parts.netloc:
        return dsn
    user, _, hosts = parts.netloc.rpartition("@")
    name = quote(unquote(user.partition(":")[0]), safe="")
    query = "&".join(word for word in parts.query.split("&") if not word.startswith("password="))
    return parts._replace(netloc=f"{name}@{hosts}", query=query).geturl()
