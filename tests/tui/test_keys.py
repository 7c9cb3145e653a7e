"""Keys: stable ids, remapping, clashes refused, and none that multiplexers or job control need."""

import inspect
import pkgutil
from importlib import import_module

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import console.tui
from console.actions.registry import all_actions
from console.config.settings import Settings
from console.errors import ConfigError
from console.tui.app import ConsoleApp, build_keys
from console.tui.commands import all_commands
from console.tui.keys import Keymap, normal, shown, split
from tests.tui.conftest import Make
from tests.tui.fakes import FakeServices
from tests.tui.screen_text import settle, text

FORBIDDEN = {f"ctrl+{letter}" for letter in "abijmqsz"} | {"escape+"}


def classes() -> list[type[DOMNode]]:
    found = set()
    for info in pkgutil.walk_packages(console.tui.__path__, "console.tui."):
        module = import_module(info.name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, DOMNode) and kind.__module__ == info.name:
                found.add(kind)
    return sorted(found, key=lambda k: k.__qualname__)


def test_there_are_classes_to_look_at() -> None:
    assert len(classes()) > 20


@pytest.mark.parametrize("kind", classes(), ids=lambda k: k.__name__)
def test_every_binding_has_an_id_and_leaves_multiplexers_alone(kind: type[DOMNode]) -> None:
    for binding in kind._merged_bindings or ():
        key, entry = binding
        assert isinstance(entry, Binding)
        assert key not in FORBIDDEN, f"{kind.__name__} takes {key}"
        if entry.action not in _FRAMEWORK:
            assert entry.id, f"{kind.__name__}: {entry}"


# What scrolling containers of the framework bring along; none of them holds the focus.
_FRAMEWORK = {"scroll_up", "scroll_down", "scroll_left", "scroll_right", "scroll_home", "scroll_end", "page_up",
              "page_down", "page_left", "page_right"}  # fmt: skip


def test_ids_are_unique_and_the_defaults_do_not_clash() -> None:
    ids = [command.id for command in all_commands()]
    assert len(ids) == len(set(ids))
    assert all(ids)
    Keymap(all_commands(), {})


def test_every_verb_with_a_key_can_be_pressed_and_found_by_its_id() -> None:
    keys = Keymap(all_commands(), {})
    for action in all_actions():
        if action.key:
            place = "everywhere" if action.scope == "global" else action.scope.value
            assert keys.command_at(place, normal(action.key)) == action.id


def test_a_key_can_be_moved_and_the_old_one_is_free() -> None:
    keys = Keymap(all_commands(), {"alert.acknowledge": "K", "app.quit": "Q, ctrl+x"})
    assert keys.command_at("alert", "K") == "alert.acknowledge"
    assert keys.command_at("alert", "a") is None
    assert keys.keys("app.quit") == ("Q", "ctrl+x")


@pytest.mark.parametrize(
    ("overrides", "both"),
    [
        ({"alert.acknowledge": "r"}, ("alert.acknowledge", "alert.resolve")),
        ({"alert.acknowledge": "q"}, ("alert.acknowledge", "app.quit")),
        ({"app.help": "space"}, ("app.help", "list.mark")),
        ({"overview.zoom": "x"}, ("overview.zoom", "job.cancel")),
        ({"app.undo": "?"}, ("app.undo", "app.help")),
    ],
)
def test_clashes_are_refused_by_name(overrides: dict[str, str], both: tuple[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        Keymap(all_commands(), overrides)
    assert any(repr(name) in caught.value.message for name in both)
    assert "[keys]" in caught.value.hint


def test_the_same_key_on_different_rows_is_no_clash() -> None:
    Keymap(all_commands(), {"job.retry": "A1" if False else "K", "alert.acknowledge": "K"})


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        Keymap(all_commands(), {"alert.acknowlege": "K"})
    assert "alert.acknowledge" in caught.value.hint


def test_names_of_keys() -> None:
    assert split("?, ctrl+x") == ("question_mark", "ctrl+x")
    assert split(",") == ("comma",)
    assert shown("question_mark") == "?"
    assert shown("ctrl+p") == "^p"


async def test_remapped_keys_work_and_the_footer_and_help_say_so(make: Make) -> None:
    app, _, actions = make()
    settings = Settings(keys={"alert.acknowledge": "K", "app.help": "f2", "list.down": "n2" if False else "J"})
    app = ConsoleApp(FakeServices(actions=actions), settings, build_keys(settings))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "K acknowledge" in text(app)
        assert "f2 help" in text(app)
        await pilot.press("a")
        await settle(pilot)
        assert actions.done == []
        await pilot.press("J")
        await pilot.press("K")
        await settle(pilot)
        assert [t.key for t in actions.done[0][1]] == ["a005"]
        await pilot.press("f2")
        await settle(pilot)
        assert "alert.acknowledge" in text(app)


async def test_quit_by_q_and_by_ctrl_c(make: Make) -> None:
    for key in ("q", "ctrl+c"):
        app, _, _ = make()
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await pilot.press(key)
            await settle(pilot)
        assert app.return_value == 0


async def test_quitting_during_a_write_asks_first(make: Make) -> None:
    app, _, _ = make()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.acting.busy = 1
        await pilot.press("q")
        await settle(pilot)
        assert "Quit now?" in text(app)
        await pilot.press("n")
        await settle(pilot)
        assert app.return_value is None
        app.acting.busy = 0
