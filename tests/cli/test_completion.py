"""Completion scripts do in a real shell what they promise."""

import shutil
import subprocess
import sys

import pytest

from console.cli.completion import words_of
from console.cli.nouns import available
from console.cli.parser import build

BASH = shutil.which("bash")


def script(shell: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "console", "completion", shell], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def bash_completes(*words: str) -> set[str]:
    """What bash offers for the last of `words`."""
    line = " ".join(f"'{word}'" for word in ("aoer-console", *words))
    ask = f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _aoer_console"
    code = f"{script('bash')}\n{ask}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run([str(BASH), "-c", code], capture_output=True, text=True, check=True, timeout=30)
    return set(done.stdout.split())


@pytest.mark.skipif(BASH is None, reason="no bash here")
def test_bash_follows_nouns_and_verbs_past_flags() -> None:
    assert bash_completes("conf") == {"config"}
    assert {"show", "validate", "path"} <= bash_completes("config", "")
    assert bash_completes("--json", "config", "va") == {"validate"}
    assert bash_completes("config", "show", "--ch") == {"--changed"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_valid_where_the_shell_is_here(shell: str) -> None:
    text = script(shell)
    for noun in available():
        assert noun in text
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False, timeout=30)
        assert done.returncode == 0, done.stderr


def test_fish_asks_for_the_command_path() -> None:
    assert "complete -c aoer-console -n '__aoer_console_at \"config show\"' -l changed -d " in script("fish")


def test_every_command_has_help_and_takes_the_global_flags() -> None:
    tree = dict(words_of(build("*")))
    for path, words in tree.items():
        names = [word for word, _ in words]
        assert {"--json", "--dsn", "--profile", "--config", "--read-only", "--reason"} <= set(names), path
        assert all(text for word, text in words if word not in {"--help"}), (path, [w for w, t in words if not t])
