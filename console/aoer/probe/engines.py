"""The answer engines to probe, from a TOML file.

[[engine]]
name = "local"
url = "http://127.0.0.1:8080/v1"      # an OpenAI-compatible endpoint; /chat/completions is appended
model = "some-model"
api_key_env = "LOCAL_ENGINE_KEY"       # name of the environment variable with the key; none without
surface = "developer API, no search"   # what is measured: stored with every run
requests_per_minute = 60
concurrency = 4
timeout_seconds = 60
attempts = 3
prompt_price = 0.15                    # per million tokens, in any one currency
answer_price = 0.60
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from console.errors import ConfigError, NotAvailable


class Engine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One OpenAI-compatible endpoint. Prices are per million tokens; without them the cost is unknown."""

    name: str
    url: str
    model: str
    api_key_env: str | None = None
    surface: str = "developer API"
    requests_per_minute: float = 60.0
    concurrency: int = 4
    timeout_seconds: float = 60.0
    attempts: int = 3
    answer_tokens: int = 800
    prompt_price: float | None = None
    answer_price: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be used; the message becomes part of a ConfigError."""
        if not self.url.startswith(("http://", "https://")):
            raise ValueError(f"url {self.url!r} must begin with http:// or https://")
        positive = (self.requests_per_minute, self.concurrency, self.timeout_seconds, self.attempts, self.answer_tokens)
        if min(positive) <= 0 or not self.name:
            raise ValueError("name must not be empty; limits, timeout, attempts and tokens must be above 0")

    def key(self, env: Mapping[str, str]) -> str | None:
        """The key of the endpoint. Raises ConfigError when the variable is not set."""
        if self.api_key_env is None:
            return None
        value = env.get(self.api_key_env)
        if not value:
            raise ConfigError(f"engine {self.name}: environment variable {self.api_key_env} is not set")
        return value

    def cost(self, prompt_tokens: int | None, answer_tokens: int | None) -> float | None:
        """Cost of a call; None where a price or a count is unknown."""
        if self.prompt_price is None or self.answer_price is None or prompt_tokens is None or answer_tokens is None:
            return None
        return (self.prompt_price * prompt_tokens + self.answer_price * answer_tokens) / 1e6


class _File(msgspec.Struct, forbid_unknown_fields=True):
    engine: list[Engine]


def load_engines(name: str | None) -> tuple[Engine, ...]:
    """The engines of a file. Raises NotAvailable without one and ConfigError naming file and key."""
    if not name:
        raise NotAvailable(
            "no answer engine is configured", hint="list them in a file and set aoer.engines (AOER_AOER_ENGINES) to it"
        )
    path = Path(name).expanduser()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        found = msgspec.convert(document, _File).engine
    except OSError as error:
        raise ConfigError(f"cannot read engines file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}", hint="see aoer-console aoer probe --help") from error
    names = [engine.name for engine in found]
    if not found or len(set(names)) != len(names):
        raise ConfigError(f"{path}: engines need names of their own, and at least one must be listed")
    return tuple(found)


def environment() -> Mapping[str, str]:
    """Where keys come from."""
    return os.environ
