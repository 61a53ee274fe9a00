"""The service with a tracker elsewhere: what Sentry tells becomes an issue on GitHub, with the commit
that is suspected, and stays in step."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from fakes.dated_clone import Clone
from fakes.github import TOKEN, served
from fakes.github_issues import FakeGitHubIssues
from fakes.loopback import loopback
from fakes.patience import until
from fakes.webhooks import issue_event
from mcp_servers.sentry_monitor.src.bootstrap import serving
from modules.tracker.tracked import Tracked


async def test_an_error_is_filed_on_github_with_its_suspect_and_stays_in_step(
    mapped: dict[str, str], first: dict[str, Any], tmp_path: Path
) -> None:
    clone, path = Clone(tmp_path / "clone"), str(first["path"]).lstrip("/")
    lines = [f"line {number}" for number in range(first["line"] + 40)]
    clone.commit(path, lines, "Begin", first["seen"] - timedelta(days=9))
    lines[first["line"] - 1] = "broken"
    culprit = clone.commit(path, lines, "Divide by it", first["seen"] - timedelta(hours=3))
    github = FakeGitHubIssues()
    async with loopback(served(github)) as server:
        environ = {
            **mapped,
            "SENTRY_TRACKER": "github",
            "GITHUB_REPO": "acme/shop",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": server.url,
        }
        async with serving(environ, works=False) as service:

            async def tell(action: str, substatus: str = "new") -> None:
                body = issue_event(first["id"], action, substatus=substatus)
                await service.watch.take("webhook", "issue", body, {})

            async def filed() -> dict[str, Any] | None:
                return github.issues[0] if github.issues else None

            async def closed() -> bool:
                return bool(github.issues[0]["state"] == "closed")

            async def opened_again() -> bool:
                return bool(github.issues[0]["state"] == "open" and len(github.comments) == 2)

            await tell("created")
            issue = await until(filed)
            assert issue["title"].startswith("[shop] ")
            assert [one["name"] for one in issue["labels"]][:1] == ["Sentry"]
            assert culprit[:7] in issue["body"]
            assert "## Suspected Cause" in issue["body"]
            await tell("resolved")
            await until(closed)
            await tell("unresolved", substatus="regressed")
            await until(opened_again)

    assert len(github.issues) == 1


async def test_a_tracker_that_is_away_loses_nothing(
    mapped: dict[str, str], first: dict[str, Any]
) -> None:
    github = FakeGitHubIssues()
    github.down = True
    async with loopback(served(github)) as server:
        environ = {
            **mapped,
            "SENTRY_TRACKER": "github",
            "GITHUB_REPO": "acme/shop",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": server.url,
            "SENTRY_RETRY_ATTEMPTS": "1",
        }
        async with serving(environ, works=False) as service:
            bridge = service.tracking
            assert bridge is not None
            await service.watch.take("webhook", "issue", issue_event(first["id"]), {})

            async def waits() -> Tracked | None:
                for tracked in await bridge.store.list():
                    if any(one.tries for one in await bridge.outbox.of(tracked)):
                        return tracked
                return None

            async def filed() -> bool:
                return len(github.issues) == 1

            tracked = await until(waits)
            github.down = False
            await bridge.outbox.hurry(tracked)  # as sync-tracked-issue does
            await until(filed)
