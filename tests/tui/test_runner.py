"""A picture without a terminal: of any screen, or one clear error."""

import re
from pathlib import Path

import pytest

from console.config.settings import Settings
from console.errors import DatabaseUnavailable, NotAvailable, UsageError
from console.tui.app import run_app
from tests.tui.fakes import FakeFeed, FakeServices
from tests.tui.map.town import town


def services() -> FakeServices:
    made = FakeServices()
    assert isinstance(made.feed, FakeFeed)
    made.feed.map = town()
    return made


def test_a_picture_of_a_chosen_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("LINES", "30")
    file = tmp_path / "map.svg"
    assert run_app(services(), Settings(), screenshot=str(file), screen="map") == 0
    words = " ".join(re.findall(r">([^<]+)</text>", file.read_text()))
    assert "4 drivers" in words
    assert "Driver 1" in words


def test_the_first_failure_ends_it_with_its_own_message(tmp_path: Path) -> None:
    made = services()
    made.errors.append(DatabaseUnavailable("nobody answers at db1"))
    with pytest.raises(DatabaseUnavailable, match="nobody answers at db1"):
        run_app(made, Settings(), screenshot=str(tmp_path / "x.svg"))
    assert not (tmp_path / "x.svg").exists()
    assert made.stopped == 1


def test_an_unforeseen_failure_is_one_line_too(tmp_path: Path) -> None:
    made = services()
    made.errors.append(ZeroDivisionError("odd"))
    with pytest.raises(NotAvailable, match="ZeroDivisionError: odd"):
        run_app(made, Settings(), screenshot=str(tmp_path / "x.svg"))


def test_a_screen_that_is_not_there_and_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no screen 'mapp'"):
        run_app(services(), Settings(), screen="mapp", screenshot=str(tmp_path / "x.svg"))
    with pytest.raises(UsageError, match="cannot be written"):
        run_app(services(), Settings(), screenshot=str(tmp_path / "none" / "x.svg"))
