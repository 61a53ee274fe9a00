"""How the server is reached: over this process's pipes, or over HTTP."""

import hmac
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mcp.server.lowlevel import Server

from mcp_servers.sentry_monitor.src.setting_values import BEARER_FORM, LOOPBACK

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class UnsafeAddress(Exception):
    """The address can be reached from other machines, and no token guards it."""


async def serve_stdio(server: Server[Any]) -> None:
    """Until the client closes our standard input. Nothing but protocol goes to standard output."""
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def http_app(
    server: Server[Any], host: str, *, token: str | None, allowed_hosts: Sequence[str] = ()
) -> "ASGIApp":
    """Streamable HTTP at `/mcp`, stateless. Raises UnsafeAddress."""
    from mcp.server.transport_security import TransportSecuritySettings

    if host not in LOOPBACK and token is None:
        raise UnsafeAddress(
            f"{host} can be reached from other machines and there is no token: "
            f"SENTRY_MONITOR_HTTP_TOKEN {BEARER_FORM} (or use 127.0.0.1)."
        )
    names = ["127.0.0.1", "localhost", "[::1]", host, *allowed_hosts]
    security = TransportSecuritySettings(
        allowed_hosts=[form for name in names for form in (name, f"{name}:*")],
        allowed_origins=[f"http://{name}:*" for name in names[:3]],
    )
    app = server.streamable_http_app(stateless_http=True, transport_security=security)
    return Guarded(app, token) if token else app


def serve_http(
    server: Server[Any],
    host: str,
    port: int,
    *,
    token: str | None,
    allowed_hosts: Sequence[str] = (),
) -> None:
    """Until a signal ends the process. Raises UnsafeAddress; OSError if it cannot listen."""
    import uvicorn

    app = http_app(server, host, token=token, allowed_hosts=allowed_hosts)
    with listen(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        sys.stderr.write(f"listening at http://{shown}:{listener.getsockname()[1]}/mcp\n")
        config = uvicorn.Config(app, log_level="warning", server_header=False, proxy_headers=False)
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. It says that it is TCP, or asyncio would leave Nagle's delay on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


class Guarded:
    """Lets requests through that carry the bearer token; compares in constant time."""

    def __init__(self, app: "ASGIApp", token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http" or self._carries_token(scope):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        body = b'{"error": "Give the bearer token of SENTRY_MONITOR_HTTP_TOKEN."}'
        await send({"type": "http.response.body", "body": body})

    def _carries_token(self, scope: "Scope") -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._wanted)
