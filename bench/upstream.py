"""Servers for measures: recorded answers of a local Sentry, served by a process of their own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.store import Store

from .events import NOW

ISSUE = "/api/0/organizations/acme/issues/SHOP-1/"
EVENT = f"{ISSUE}events/recommended/"
PATHS = (ISSUE, EVENT)
ENVIRON = {"SENTRY_AUTH_TOKEN": "local-token", "SENTRY_ORG_SLUG": "acme", "SENTRY_PROJECT": "shop"}


async def record(event: dict[str, Any]) -> dict[str, Any]:
    """What a local Sentry answers about an issue made of one event."""
    store = Store()
    project = add_project(store, "shop", org="acme", now=NOW.timestamp())
    app = create_app(store, token="local-token", org="acme", now=lambda: NOW)  # noqa: S106
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1"
    ) as http:
        key = f"Sentry sentry_key={project.public_key}"
        body = {"platform": "python", "timestamp": NOW.timestamp(), **event}
        stored = await http.post(
            f"/api/{project.id}/store/", json=body, headers={"x-sentry-auth": key}
        )
        stored.raise_for_status()
        bearer = {"authorization": "Bearer local-token"}
        answers = {path: (await http.get(path, headers=bearer)).json() for path in PATHS}
    store.close()
    return answers


@contextmanager
def serving(answers: dict[str, Any], *, delay_ms: float = 0) -> Iterator[str]:
    """The base URL of a process that gives these answers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.json"
        file.write_text(json.dumps(answers))
        command = [sys.executable, "-m", "bench.canned", str(file), str(delay_ms)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            try:
                yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
            finally:
                process.terminate()
                process.wait(timeout=10)
