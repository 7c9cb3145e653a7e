"""The browser server with a guard: textual-serve itself lets in any local user and any web page in a local browser."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

COOKIE = "aoer_console"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded_server(command: str, host: str, port: int, token: str) -> Any:
    """A server for `command` that asks for the token once, then for its cookie, and refuses other sites' pages."""
    server: Any = Server(command, host=host, port=port, title="aoer-console")
    make_app = server._make_app

    async def guarded_app() -> web.Application:
        app: web.Application = await make_app()
        app.middlewares.append(guard(token))
        return app

    server._make_app = guarded_app
    server.console.quiet = True  # its banner names the address without the token
    return server


def guard(token: str) -> Any:
    """The middleware."""

    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="another site may not use this console\n")
        given = request.query.get("token")
        if given is not None and hmac.compare_digest(given, token):
            away = web.HTTPFound(request.path)  # the secret leaves the address bar and the history
            away.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
            raise away
        if not hmac.compare_digest(request.cookies.get(COOKIE, ""), token):
            raise web.HTTPForbidden(text="open the address that aoer-console serve printed\n")
        return await handler(request)

    return web.middleware(check)
