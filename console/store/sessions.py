"""How every connection of the console is set up: time limits, name, codecs."""

import json
from typing import Any

import asyncpg
import msgspec

from console.store.ports import DatabaseOptions

_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder()


def session_settings(options: DatabaseOptions, application: str, *, read_only: bool) -> dict[str, str]:
    """Settings sent with the connection's first packet, so that the pool's RESET ALL comes back to them."""
    found = {
        "application_name": f"aoer-console/{application}"[:63],
        "statement_timeout": str(options.statement_timeout_ms),
        "idle_in_transaction_session_timeout": str(options.idle_in_transaction_timeout_ms),
        # Short statements gain nothing from compiling; the driver's own type look-ups become slow with it.
        "jit": "off",
        "timezone": "UTC",
        # Whatever is usual in the database: a claim must see what others have committed by the time it looks.
        "default_transaction_isolation": "read committed",
        # Half-open connections (a lost laptop, a dropped NAT entry) are noticed by both ends.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    if read_only:
        found["default_transaction_read_only"] = "on"
    return found


def encode_json(value: Any) -> str:
    """A Python value as JSON text; UUIDs, decimals, dates and anything else unknown become strings."""
    return _encoder.encode(value).decode()


def decode_json(text: str) -> Any:
    """JSON text as plain Python values."""
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError:
        # jsonb holds lone surrogates and integers beyond 64 bits; the standard library reads both.
        return json.loads(text)


async def prepare_session(connection: asyncpg.Connection) -> None:
    """Codecs: json and jsonb are Python values both ways; uuid stays UUID, numeric stays Decimal."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=encode_json, decoder=decode_json, format="text"
        )
