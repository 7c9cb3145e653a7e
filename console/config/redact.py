"""Hide secrets before a setting is shown."""

import re
from typing import Any

HIDDEN = "***"
_URL_PASSWORD = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://[^:/?#@\s]*:)[^@\s]*(?=@)", re.IGNORECASE)
_QUERY_PASSWORD = re.compile(r"(?P<head>[?&](?:password|sslpassword|passfile)=)[^&\s]*", re.IGNORECASE)
_WORD_PASSWORD = re.compile(r"(?P<head>\b(?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|\S+)", re.IGNORECASE)
_SECRET_KEY = re.compile(r"(password|secret|token|webhook|routing_key|api_key)", re.IGNORECASE)


def text(value: str) -> str:
    """`value` with the passwords of every DSN or URL in it hidden."""
    for pattern in (_URL_PASSWORD, _QUERY_PASSWORD, _WORD_PASSWORD):
        value = pattern.sub(rf"\g<head>{HIDDEN}", value)
    return value


def setting(key: str, value: Any) -> Any:
    """The value of `key` as it may be shown: secrets by name are hidden whole, passwords inside DSNs alone."""
    if value and isinstance(value, str):
        return HIDDEN if _SECRET_KEY.search(key.rpartition(".")[2]) else text(value)
    if isinstance(value, dict):
        return {name: setting(name, inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [setting(key, inner) for inner in value]
    return value
