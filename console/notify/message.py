"""One message and how each kind of sink wants it. Pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SEVERITIES = ("low", "medium", "high", "critical")
_PAGERDUTY = {"low": "info", "medium": "warning", "high": "error", "critical": "critical"}
_MARK = {"low": "▫", "medium": "▪", "high": "▲", "critical": "■"}


@dataclass(frozen=True, slots=True)
class Message:
    """`event` such as alert.opened; `key` groups messages of one trouble; `id` tells repeats apart."""

    id: str
    event: str
    key: str
    body: Mapping[str, Any]

    @property
    def severity(self) -> str:
        """Of the alert; high where it is not told."""
        found = str(self.body.get("severity", "high"))
        return found if found in SEVERITIES else "high"

    @property
    def text(self) -> str:
        """The alert's words, after the order they are about."""
        words, order = str(self.body.get("message") or self.event), self.body.get("order")
        return f"{order}: {words}" if order else words

    @property
    def over(self) -> bool:
        """Whether it tells that the trouble is gone."""
        return self.event.endswith(".resolved")


def loud_enough(message: Message, least: str) -> bool:
    """Whether it is told outside at all."""
    return SEVERITIES.index(message.severity) >= SEVERITIES.index(least)


def generic(message: Message) -> bytes:
    """Our own JSON."""
    document = {"id": message.id, "event": message.event, "key": message.key, "alert": dict(message.body)}
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, timestamp: int, payload: bytes) -> str:
    """HMAC-SHA256 over `timestamp.payload`, in hex: a receiver can check who sent it, and that it is not an old one."""
    signed = str(timestamp).encode() + b"." + payload
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(secret: str, timestamp: int, payload: bytes, given: str, *, now: int, tolerance: int = 300) -> bool:
    """What a receiver does. Constant-time; older than `tolerance` seconds is refused."""
    return abs(now - timestamp) <= tolerance and hmac.compare_digest(signature(secret, timestamp, payload), given)


def slack(message: Message) -> bytes:
    """A Slack incoming webhook. Text from the database must not become mentions or links."""
    safe = message.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    state = "resolved" if message.over else message.severity
    return json.dumps({"text": f"{_MARK[message.severity]} [{state}] {safe}"}, ensure_ascii=False).encode()


def pagerduty(message: Message, routing_key: str) -> bytes:
    """PagerDuty Events API v2: trigger and resolve share the dedup key."""
    document: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "resolve" if message.over else "trigger",
        "dedup_key": message.key[:255],
    }
    if not message.over:
        document["payload"] = {
            "summary": message.text[:1024],
            "source": "aoer-console",
            "severity": _PAGERDUTY[message.severity],
            "custom_details": dict(message.body),
        }
    return json.dumps(document, ensure_ascii=False).encode()
