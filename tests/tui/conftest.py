"""An application on in-memory services, one for each test."""

from collections.abc import Callable

import pytest

from console.config.settings import Settings, override
from console.feed.model import Overview
from console.tui.app import ConsoleApp, build_keys
from tests.tui import sample
from tests.tui.fakes import FakeActions, FakeFeed, FakeServices

Make = Callable[..., tuple[ConsoleApp, FakeFeed, FakeActions]]


@pytest.fixture(autouse=True)
def colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def make() -> Make:
    def build(overview: Overview | None = None, **settings: object) -> tuple[ConsoleApp, FakeFeed, FakeActions]:
        values = override(Settings(), {name.replace("__", "."): value for name, value in settings.items()})
        services = FakeServices(FakeFeed(overview or sample.overview()))
        services.feed.lists.update(sample.lists())
        app = ConsoleApp(services, values, build_keys(values))
        return app, services.feed, services.actions

    return build
