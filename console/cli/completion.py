"""`completion`: scripts for shells, made from the parser tree so that they never lag behind it."""

import argparse
from collections.abc import Iterator

from console.cli.context import Context

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One verb a shell."""
    verbs = parser.add_subparsers(metavar="SHELL", dest="verb")
    for shell in SHELLS:
        verb = verbs.add_parser(shell, help=f"script for {shell}", epilog=INSTALL[shell])
        verb.set_defaults(handler=print_script, shell=shell)


INSTALL = {
    "bash": 'put into ~/.bashrc:  eval "$(aoer-console completion bash)"',
    "zsh": 'put into ~/.zshrc, after compinit:  eval "$(aoer-console completion zsh)"',
    "fish": "aoer-console completion fish > ~/.config/fish/completions/aoer-console.fish",
}

Words = list[tuple[str, str]]


def print_script(args: argparse.Namespace, context: Context) -> int:
    """Print the script; with --json the tree of commands and their words."""
    from console.cli.parser import build

    tree = dict(words_of(build("*")))
    if context.out.is_json:
        context.out.json({path: [word for word, _ in words] for path, words in tree.items()})
    else:
        context.out.raw({"bash": _bash, "zsh": _zsh, "fish": _fish}[args.shell](tree))
    return 0


def words_of(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, Words]]:
    """For every command path ("", "queue", "queue add") the words that may follow, with their help."""
    words: Words = []
    nested: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                words.append((name, helps.get(name) or child.description or ""))
                nested.append((name, child))
        elif action.option_strings:
            words.append((action.option_strings[-1], action.help or ""))
        elif action.choices:
            words += [(str(choice), action.help or "") for choice in action.choices]
    yield path, [(word, " ".join(help_text.split())) for word, help_text in words]
    for name, child in nested:
        yield from words_of(child, f"{path} {name}".strip())


def _bash(tree: dict[str, Words]) -> str:
    cases = "\n".join(
        f"    {_quoted(path)}) words={_quoted(' '.join(w for w, _ in words))} ;;" for path, words in tree.items()
    )
    return f"""\
# bash completion of aoer-console
_aoer_console() {{
  local path="" word words="" known={_quoted(_commands(tree))}
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) continue ;; esac
    case "$known" in *"|${{path:+$path }}$word|"*) path="${{path:+$path }}$word" ;; esac
  done
  case "$path" in
{cases}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}")
}}
complete -o default -F _aoer_console aoer-console
"""


def _zsh(tree: dict[str, Words]) -> str:
    cases = "\n".join(
        f"    {_quoted(path)}) words=({' '.join(_quoted(_colon(w) + ':' + h) for w, h in words)}) ;;"
        for path, words in tree.items()
    )
    return f"""\
#compdef aoer-console
_aoer_console() {{
  local path_="" word known={_quoted(_commands(tree))}
  local -a words_
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    [[ "$word" == -* ]] && continue
    [[ "$known" == *"|${{path_:+$path_ }}$word|"* ]] && path_="${{path_:+$path_ }}$word"
  done
  case "$path_" in
{cases.replace("words=(", "words_=(")}
  esac
  _describe 'aoer-console' words_ || _files
}}
compdef _aoer_console aoer-console
"""


def _fish(tree: dict[str, Words]) -> str:
    lines = [
        "# fish completion of aoer-console",
        f"set -g __aoer_console_known {_quoted(_commands(tree))}",
        "function __aoer_console_at",
        '  set -l path ""',
        "  for word in (commandline -opc)[2..-1]",
        "    string match -q -- '-*' $word; and continue",
        '    set -l longer (string trim -- "$path $word")',
        '    string match -q -- "*|$longer|*" $__aoer_console_known; and set path $longer',
        "  end",
        '  test "$path" = "$argv[1]"',
        "end",
    ]
    for path, words in tree.items():
        test = "-n " + _quoted(f'__aoer_console_at "{path}"')
        for word, help_text in words:
            what = f"-l {word[2:]}" if word.startswith("--") else f"-a {_quoted(word)}"
            lines.append(f"complete -c aoer-console {test} {what} -d {_quoted(help_text)}")
    return "\n".join(lines) + "\n"


def _commands(tree: dict[str, Words]) -> str:
    """Every command path between bars, so that a shell can look one up with a pattern."""
    return "|" + "|".join(path for path in tree if path) + "|"


def _colon(word: str) -> str:
    return word.replace(":", "\\:")


def _quoted(text: str) -> str:
    """Single quotes in any of the three shells (help texts carry neither backslash nor quote once replaced)."""
    return "'" + text.replace("\\", "/").replace("'", "’") + "'"
