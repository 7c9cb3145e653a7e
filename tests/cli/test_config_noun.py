"""`config` as people and scripts use it."""

import json
from pathlib import Path

import pytest

from console.cli.main import run


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("AOER_DSN", "AOER_PROFILE", "AOER_CONFIG", "AOER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "aoer-console" / "config.toml"
    made.parent.mkdir()
    made.write_text('[database]\ndsn = "postgresql://me:hush@h/d"\n[profiles.p]\ndsn = "host=h password=hush"\n')
    made.chmod(0o644)
    return made


def test_show_tells_origins_and_hides_passwords(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "--changed", "--json", "--read-only"]) == 0
    text = capsys.readouterr().out
    found = json.loads(text)
    assert "hush" not in text
    assert found["file"] == str(file)
    assert found["settings"]["database.dsn"] == {"value": "postgresql://me:***@h/d", "origin": f"{file}:2"}
    assert found["settings"]["database.read_only"] == {"value": True, "origin": "command line"}
    assert "queue.batch" not in found["settings"]


def test_show_takes_a_section_or_a_key_and_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "queue", "--json"]) == 0
    assert all(key.startswith("queue.") for key in json.loads(capsys.readouterr().out)["settings"])
    assert run(["config", "show", "queue.batch", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["settings"]) == ["queue.batch"]
    assert run(["config", "show", "queue.bathc"]) == 6
    assert "'queue.batch'" in capsys.readouterr().err


def test_validate_lists_everything_like_a_linter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[queue]\nbatch = 0\nbacth = 1\n")
    assert run(["config", "validate", str(bad)]) == 3
    stdout, stderr = capsys.readouterr()
    assert stdout.splitlines() == [
        f"{bad}:2:1: queue.batch: expected int >= 1, not 0",
        f"{bad}:3:1: unknown key 'bacth' in [queue] (did you mean 'batch'?)",
    ]
    assert "2 wrong" in stderr
    assert run(["config", "validate", str(bad), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in found["problems"]] == [2, 3]
    assert found["valid"] is False


def test_validate_warns_of_passwords_that_others_may_read(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "validate"]) == 0
    assert "others may read it" in capsys.readouterr().err
    file.chmod(0o600)
    assert run(["config", "validate"]) == 0
    assert "others may read it" not in capsys.readouterr().err


def test_the_default_file_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "default"]) == 0
    mine = tmp_path / "mine.toml"
    mine.write_text(capsys.readouterr().out)
    assert run(["config", "validate", str(mine)]) == 0


def test_path_works_although_the_file_is_wrong(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("nonsense")
    assert run(["config", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["settings"] == str(file)
    assert run(["config", "show"]) == 3


def test_keys_show_what_is_in_force(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[keys]\n"alert.resolve" = "f6"\n')
    assert run(["config", "keys", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["alert.resolve"]["keys"] == ["f6"]
    assert rows["app.quit"]["where"] == "everywhere"
