"""What the store needs to know of the settings; `console.config.settings.Settings` fits."""

from typing import Protocol


class DatabaseOptions(Protocol):
    """The section `[database]`."""

    @property
    def dsn(self) -> str | None: ...
    @property
    def read_only(self) -> bool: ...
    @property
    def pool_min(self) -> int: ...
    @property
    def pool_max(self) -> int: ...
    @property
    def connect_timeout_seconds(self) -> float: ...
    @property
    def statement_timeout_ms(self) -> int: ...
    @property
    def idle_in_transaction_timeout_ms(self) -> int: ...
    @property
    def reconnect_max_seconds(self) -> float: ...


class EmbeddedOptions(Protocol):
    """The section `[embedded]`."""

    @property
    def data_dir(self) -> str | None: ...
    @property
    def stop(self) -> str: ...
    @property
    def version(self) -> str: ...


class StoreSettings(Protocol):
    """The two sections that the store reads."""

    @property
    def database(self) -> DatabaseOptions: ...
    @property
    def embedded(self) -> EmbeddedOptions: ...
