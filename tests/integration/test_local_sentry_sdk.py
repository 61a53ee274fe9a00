"""The real SDK sends to the real server process; what it sent is read over HTTP."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "tests/data/local_sentry/shop_that_fails.py"


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    ready: dict[str, Any]
    api: httpx.Client

    def run_shop(self, *arguments: str) -> None:
        dsn = self.ready["projects"]["shop"]["dsn"]
        subprocess.run([sys.executable, SHOP, dsn, *arguments], check=True, timeout=60)

    def get(self, path: str) -> Any:
        answer = self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def start(*arguments: str) -> Running:
    process = subprocess.Popen(
        [sys.executable, "-m", "modules.local_sentry", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    api = httpx.Client(
        base_url=f"{ready['url']}/api/0/organizations/{ready['org']}/",
        headers={"Authorization": f"Bearer {ready['token']}"},
        trust_env=False,
    )
    return Running(process, ready, api)


def stop(running: Running) -> int:
    running.api.close()
    running.process.send_signal(signal.SIGTERM)
    running.process.communicate(timeout=20)
    return running.process.returncode


@pytest.fixture
def a_server() -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(*arguments: str) -> Running:
        started.append(start(*arguments))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            stop(running)


def test_what_the_sdk_sends_can_be_read_whole(a_server: Callable[..., Running]) -> None:
    server = a_server()

    server.run_shop("shop@1.0.0")

    (issue,) = server.get("issues/")
    assert issue["title"] == "RuntimeError: Kasse geschlossen: Käse für 0 €"
    assert (issue["substatus"], issue["count"], issue["userCount"]) == ("new", "1", 1)
    event = server.get(f"issues/{issue['shortId']}/events/latest/")
    entries = {one["type"]: one["data"] for one in event["entries"]}
    assert [one["type"] for one in entries["exception"]["values"]] == [
        "ZeroDivisionError",
        "RuntimeError",
    ]
    cause = entries["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert (cause["function"], cause["vars"]) == ("average_price", {"prices": []})
    assert [cause["lineNo"], "    return sum(prices) / len(prices)"] in cause["context"]
    assert entries["breadcrumbs"]["values"][-1]["message"] == "put Käse into the cart"
    assert {"key": "café", "value": "crème"} in event["tags"]
    assert event["user"]["id"] == "9001"
    assert event["release"]["version"] == "shop@1.0.0"


def test_a_resolved_issue_comes_back_with_the_next_release_only(
    a_server: Callable[..., Running],
) -> None:
    server = a_server()
    server.run_shop("shop@1.0.0")
    (issue,) = server.get("issues/")
    path = f"issues/{issue['id']}/"
    details = {"inNextRelease": True}
    server.api.put(path, json={"status": "resolved", "statusDetails": details}).raise_for_status()

    server.run_shop("shop@1.0.0")
    after_the_same = server.get(path)
    server.run_shop("shop@1.1.0")
    after_the_next = server.get(path)

    assert (after_the_same["status"], after_the_same["count"]) == ("resolved", "2")
    assert (after_the_next["status"], after_the_next["substatus"]) == ("unresolved", "regressed")
    assert after_the_next["firstRelease"]["version"] == "shop@1.0.0"
    assert after_the_next["lastRelease"]["version"] == "shop@1.1.0"


def test_messages_become_issues_of_their_own(a_server: Callable[..., Running]) -> None:
    server = a_server()

    server.run_shop("shop@1.0.0", "stock is low")
    server.run_shop("shop@1.0.0")

    found = server.get("issues/?query=level:warning")
    assert [one["title"] for one in found] == ["stock is low"]
    assert len(server.get("issues/")) == 2


def test_a_file_keeps_everything_over_a_restart(
    a_server: Callable[..., Running], tmp_path: Path
) -> None:
    database = str(tmp_path / "sentry.db")
    first = a_server("--db", database, "--seed")
    before = first.get("issues/")

    exit_code = stop(first)
    again = a_server("--db", database)

    assert exit_code == 0
    assert [one["id"] for one in again.get("issues/")] == [one["id"] for one in before]
    assert again.ready["projects"]["shop"]["id"] == "1"


def test_only_loopback_is_served() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "modules.local_sentry", "--host", "0.0.0.0"],  # noqa: S104 - refused
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert refused.returncode == 2
    assert "only loopback" in refused.stderr
