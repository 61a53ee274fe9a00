"""Start it: python -m modules.local_sentry."""

import argparse
import json
import secrets
import shlex
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette

from . import option_values, retention
from .app import create_app
from .projects import add_project, list_projects
from .seed import seed
from .sender import Sender
from .shapes.organization import dsn
from .store import NotUsable, Store

USAGE: Final = 2
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells tell it
ELSEWHERE: Final = "name another file with --db, or leave --db out to keep all in memory"


def main(argv: list[str]) -> int:
    """Serve until SIGTERM (0) or SIGINT (130); the answer is the exit code."""
    options = parser().parse_args(argv)
    if options.db != ":memory:" and not Path(options.db).resolve().parent.is_dir():
        return _refuse(f"cannot keep {options.db}: its folder must exist; {ELSEWHERE}")
    try:
        store = Store(options.db)
    except NotUsable as error:
        return _refuse(f"cannot use {options.db}: {error}; {ELSEWHERE}")
    try:
        return _serve(store, options)
    except KeyboardInterrupt:  # before it serves
        return INTERRUPTED
    finally:
        store.close()


def now() -> datetime:
    return datetime.now(UTC)


def parser() -> argparse.ArgumentParser:
    """Its options; the documentation is generated from them."""
    one = argparse.ArgumentParser(
        prog="sentry-monitor local-sentry",
        description="Serve a Sentry-compatible API on loopback that real SDKs can report to, until "
        "Ctrl-C (exit code 130) or SIGTERM (0). Exit code 2: the options, the port or the file "
        "cannot be used.",
    )
    told = "; default %(default)s"
    values = option_values
    one.add_argument(
        "--host", default="127.0.0.1", type=values.loopback, help=f"a loopback address{told}"
    )
    one.add_argument("--port", default=9000, type=values.port, help=f"0 picks a free one{told}")
    one.add_argument(
        "--db", default=":memory:", metavar="FILE", help=f"SQLite file, its folder must exist{told}"
    )
    one.add_argument(
        "--org", default="acme", type=values.slug, metavar="SLUG", help=f"the organization{told}"
    )
    one.add_argument(
        "--project",
        action="append",
        type=values.slug,
        metavar="SLUG",
        help="a project, repeat for more; default shop",
    )
    one.add_argument(
        "--token",
        default="local-token",
        type=values.token,
        help=f"the API token it accepts, 8 characters or more{told}",
    )
    one.add_argument(
        "--webhook",
        type=values.web_url,
        metavar="URL",
        help="where webhooks are sent; default nowhere",
    )
    one.add_argument(
        "--webhook-secret", default="local-secret", metavar="SECRET", help=f"signs webhooks{told}"
    )
    one.add_argument(
        "--alerts",
        default="workflows",
        choices=("workflows", "legacy"),
        help="the alerts it has: detectors and workflows, or the rules of self-hosted servers "
        f"before 26.7{told}",
    )
    one.add_argument(
        "--retention-days",
        default=retention.DAYS,
        type=values.days,
        metavar="DAYS",
        help=f"how long events are kept{told}",
    )
    one.add_argument("--seed", action="store_true", help="begin with a few issues")
    return one


def _refuse(why: str) -> int:
    """What whoever started it can mend."""
    sys.stderr.write(f"local-sentry: {why}\n")
    return USAGE


def _serve(store: Store, options: argparse.Namespace) -> int:
    try:
        listener = _listen(options.host, options.port)
    except OSError as taken:
        why = f"cannot listen on {options.host}:{options.port}: {taken.strerror}"
        return _refuse(f"{why}; choose another --port, or --port 0 for a free one")
    with listener:
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"http://{host}:{listener.getsockname()[1]}"
        _fill(store, options, url)
        _announce(store, options, url)
        return _run(_application(store, options, url), listener)


def _fill(store: Store, options: argparse.Namespace, url: str) -> None:
    """A file keeps the keys that were drawn for it; what is in memory has them again by its
    address."""
    place = url if options.db == ":memory:" else secrets.token_hex(16)
    for slug in options.project or ["shop"]:
        add_project(store, slug, org=options.org, now=now().timestamp(), place=place)
    if options.seed:
        seed(store, now=now().timestamp())


def _listen(host: str, port: int) -> socket.socket:
    """asyncio switches Nagle's delay off only on a socket that says it is TCP; left on, each
    answer waits 40 ms for the client's acknowledgement."""
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


def _application(store: Store, options: argparse.Namespace, url: str) -> Starlette:
    hook, secret = options.webhook, options.webhook_secret
    sender = Sender(hook, secret=secret, now=now) if hook else None
    return create_app(
        store,
        token=options.token,
        org=options.org,
        now=now,
        sender=sender,
        url=url,
        alerts=options.alerts,
        retention_days=options.retention_days,
    )


def _run(app: Starlette, listener: socket.socket) -> int:
    """uvicorn raises the signal again once it has stopped; being stopped is no failure here."""
    by: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: by.append(number))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
    return INTERRUPTED if signal.SIGINT in by else 0


def _announce(store: Store, options: argparse.Namespace, url: str) -> None:
    """For people on stderr, for programs one line on stdout. The socket is open already."""
    projects = {one.slug: {"id": str(one.id), "dsn": dsn(one, url)} for one in list_projects(store)}
    first = next(iter(projects))
    lines = [f"  DSN {slug:<10} {one['dsn']}" for slug, one in projects.items()]
    exports = (
        f"export SENTRY_URL={url} SENTRY_AUTH_TOKEN={shlex.quote(options.token)}"
        f" SENTRY_ORG_SLUG={options.org} SENTRY_PROJECT={first}"
    )
    block = [
        f"local Sentry at {url}",
        *lines,
        f"  token {options.token}",
        f"  organization {options.org}",
        f"  events are kept for {options.retention_days} days",
    ]
    sys.stderr.write("\n".join([*block, f"  {exports}", ""]))
    ready = {
        "url": url,
        "token": options.token,
        "org": options.org,
        "projects": projects,
        "retention_days": options.retention_days,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
