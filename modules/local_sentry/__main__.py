"""Start it: python -m modules.local_sentry."""

import argparse
import ipaddress
import json
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from .app import create_app
from .projects import add_project, list_projects
from .seed import seed
from .sender import Sender
from .shapes.organization import dsn
from .store import Store


def main(argv: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; the answer is the exit code."""
    options = parser().parse_args(argv)
    if options.db != ":memory:" and not Path(options.db).resolve().parent.is_dir():
        sys.stderr.write(f"cannot keep {options.db}: there is no such folder\n")
        return 1
    store = Store(options.db)
    try:
        return _serve(store, options)
    finally:
        store.close()


def now() -> datetime:
    return datetime.now(UTC)


def parser() -> argparse.ArgumentParser:
    """Its options; the documentation is generated from them."""
    one = argparse.ArgumentParser(
        prog="sentry-monitor local-sentry",
        description="Serve a Sentry-compatible API on loopback that real SDKs can report to.",
    )
    one.add_argument("--host", default="127.0.0.1", type=_loopback, help="a loopback address")
    one.add_argument("--port", default=9000, type=_port, help="0 picks a free one")
    one.add_argument("--db", default=":memory:", help="a file; in memory unless told")
    one.add_argument("--org", default="acme", help="slug of the organization")
    one.add_argument("--project", action="append", metavar="NAME", help="repeat for more")
    one.add_argument("--token", default="local-token", help="the API token it accepts")
    one.add_argument("--webhook", metavar="URL", help="where webhooks are sent")
    one.add_argument("--webhook-secret", default="local-secret", help="signs webhooks")
    one.add_argument("--seed", action="store_true", help="begin with a few issues")
    return one


def _port(given: str) -> int:
    if not given.isdecimal() or int(given) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(given)


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        here = ipaddress.ip_address(address).is_loopback
    except ValueError:
        here = False
    if not here:
        raise argparse.ArgumentTypeError(
            "only loopback: this server has no password worth the name"
        )
    return address


def _serve(store: Store, options: argparse.Namespace) -> int:
    for slug in options.project or ["shop"]:
        add_project(store, slug, org=options.org, now=now().timestamp())
    if options.seed:
        seed(store, now=now().timestamp())
    try:
        listener = _listen(options.host, options.port)
    except OSError as taken:
        sys.stderr.write(f"cannot listen on port {options.port}: {taken.strerror}\n")
        return 1
    with listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        _announce(store, options, url)
        return _run(_application(store, options, url), listener)


def _listen(host: str, port: int) -> socket.socket:
    """asyncio switches Nagle's delay off only on a socket that says it is TCP; left on, each
    answer waits 40 ms for the client's acknowledgement."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


def _application(store: Store, options: argparse.Namespace, url: str) -> Starlette:
    hook, secret = options.webhook, options.webhook_secret
    sender = Sender(hook, secret=secret, now=now) if hook else None
    return create_app(store, token=options.token, org=options.org, now=now, sender=sender, url=url)


def _run(app: Starlette, listener: socket.socket) -> int:
    """uvicorn raises the signal again once it has stopped; being stopped is no failure here."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    config = uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _announce(store: Store, options: argparse.Namespace, url: str) -> None:
    """For people on stderr, for programs one line on stdout. The socket is open already."""
    projects = {one.slug: {"id": str(one.id), "dsn": dsn(one, url)} for one in list_projects(store)}
    first = next(iter(projects))
    lines = [f"  DSN {slug:<10} {one['dsn']}" for slug, one in projects.items()]
    exports = (
        f"export SENTRY_URL={url} SENTRY_AUTH_TOKEN={options.token}"
        f" SENTRY_ORG_SLUG={options.org} SENTRY_PROJECT={first}"
    )
    block = [
        f"local Sentry at {url}",
        *lines,
        f"  token {options.token}",
        f"  organization {options.org}",
    ]
    sys.stderr.write("\n".join([*block, f"  {exports}", ""]))
    ready = {"url": url, "token": options.token, "org": options.org, "projects": projects}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
