"""A Sentry of two projects as a real process, and errors that are reported to it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from modules.outbound.clock import now


@dataclass(frozen=True)
class Shops:
    """The projects `shop` and `web`, empty at first."""

    ready: dict[str, Any]
    http: httpx.Client

    @property
    def environ(self) -> dict[str, str]:
        return {
            "SENTRY_URL": self.ready["url"],
            "SENTRY_AUTH_TOKEN": self.ready["token"],
            "SENTRY_ORG_SLUG": self.ready["org"],
        }

    def mapped(self, folder: object) -> dict[str, str]:
        """Both projects are repaired."""
        ids = {slug: one["id"] for slug, one in self.ready["projects"].items()}
        told = ",".join(f"{slug}:{number}:{slug}:{folder}/{slug}" for slug, number in ids.items())
        return {
            **self.environ,
            "SENTRY_FIXER_ENABLED": "true",
            "SENTRY_PROJECTS": told,
            "SENTRY_DB_PATH": f"{folder}/jobs.db",
        }

    def report(
        self, slug: str, kind: str, times: int = 1, *, users: int = 1, hours_ago: float = 0
    ) -> None:
        """An exception of a type, `times` times, by so many users in turn."""
        dsn = urlsplit(self.ready["projects"][slug]["dsn"])
        for at in range(times):
            event = {
                "event_id": uuid.uuid4().hex,
                "timestamp": now().timestamp() - 3600 * hours_ago,
                "platform": "python",
                "level": "error",
                "user": {"id": str(at % users)},
                "exception": {"values": [{"type": kind, "value": f"of {slug}"}]},
            }
            answer = self.http.post(
                f"/api{dsn.path}/store/?sentry_key={dsn.username}", content=json.dumps(event)
            )
            assert answer.status_code == 200, answer.text

    def resolve(self, title: str) -> None:
        """The issue whose title begins so."""
        where = f"/api/0/organizations/{self.ready['org']}/issues/"
        login = {"authorization": f"Bearer {self.ready['token']}"}
        found = self.http.get(where, params={"query": ""}, headers=login).json()
        (issue,) = [one for one in found if one["title"].startswith(title)]
        done = self.http.put(f"{where}{issue['id']}/", json={"status": "resolved"}, headers=login)
        assert done.status_code == 200, done.text


@contextmanager
def two_shops() -> Iterator[Shops]:
    options = ("--port", "0", "--project", "shop", "--project", "web")
    command = [sys.executable, "-m", "modules.local_sentry", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            with httpx.Client(base_url=ready["url"], trust_env=False) as http:
                yield Shops(ready, http)
        finally:
            process.terminate()
            process.wait(timeout=10)
