"""The browser console: who gets in, and what happens where it is not installed."""

import sys

import pytest

from console.cli.context import Context
from console.cli.output import Output
from console.cli.parser import parse
from console.cli.serve import serve
from console.errors import NotAvailable, UsageError


def test_not_installed_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.delitem(sys.modules, "console.cli.web", raising=False)
    args = parse(["serve"])
    with pytest.raises(NotAvailable) as caught:
        serve(args, Context(args, Output()))
    assert caught.value.exit_code == 69
    assert "aoer-console[web]" in caught.value.hint


def test_other_machines_need_a_word_more() -> None:
    args = parse(["serve", "--host", "0.0.0.0"])
    with pytest.raises(UsageError, match="other machines"):
        serve(args, Context(args, Output()))


async def test_only_whoever_has_the_token_gets_in_and_no_other_site() -> None:
    pytest.importorskip("textual_serve")
    from aiohttp.test_utils import TestClient, TestServer

    from console.cli.web import guarded_server

    app = await guarded_server("true", "127.0.0.1", 1, "secret")._make_app()
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/")).status == 403
        assert (await client.get("/?token=wrong")).status == 403
        assert (await client.get("/ws")).status == 403
        entered = await client.get("/?token=secret")
        assert entered.status == 200
        assert "token" not in str(entered.url)
        assert (await client.get("/")).status == 200
        assert (await client.get("/", headers={"Origin": "https://elsewhere.example"})).status == 403
