"""Every door that a role has to the database, tried: what shows another tenant, and what hides one's own rows."""

import io
from collections.abc import Sequence

import asyncpg

READABLE = """
SELECT c.oid::regclass::text AS name FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
   AND has_table_privilege(session_user, c.oid, 'SELECT')
"""
FUNCTIONS = """
SELECT p.proname::text AS name FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.provolatile <> 'v'
   AND p.pronargs = p.pronargdefaults
   AND has_function_privilege(session_user, p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
"""
OWN = (
    "orders",
    "drivers",
    "tenants",
    "aoer_queries",
    "aiv_raw_signals",
    "dispatch_alerts",
    "audit_logs",
    "aoer_summary",
)
"""Relations in which the role has rows of its own tenant; not to see them is a fault, too."""


async def leaks(connection: asyncpg.Connection, secrets: Sequence[str]) -> set[str]:
    """Doors through which one of `secrets` is seen, each as "kind name"; and "blind name" where own rows are not."""
    found: set[str] = set()
    for row in await connection.fetch(READABLE):
        name = row["name"]
        texts = [t["t"] for t in await connection.fetch(f"SELECT to_jsonb(x)::text AS t FROM {name} x")]
        if _told(texts, secrets):
            found.add(f"relation {name}")
        if name in OWN and not texts:
            found.add(f"blind {name}")
        out = io.BytesIO()
        await connection.copy_from_query(f"SELECT * FROM {name}", output=out)
        if _told([out.getvalue().decode()], secrets):
            found.add(f"copy {name}")
    for row in await connection.fetch(FUNCTIONS):
        try:
            texts = [t["t"] for t in await connection.fetch(f"SELECT to_jsonb(x)::text AS t FROM {row['name']}() x")]
        except asyncpg.PostgresError as error:
            texts = [f"{error} {error.detail}"]
        if _told(texts, secrets):
            found.add(f"function {row['name']}")
    return found


def _told(texts: Sequence[str], secrets: Sequence[str]) -> bool:
    return any(secret in (text or "") for text in texts for secret in secrets)
