"""What an answer costs: requests, tokens, characters."""

import asyncio
from typing import Any

import httpx
import pytest

from bench.events import NOW, crash, huge
from bench.tokens import tokens
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import MOST_CHARACTERS, agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput
from modules.framework.module import viewed
from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.store import Store

ENVIRON = {
    "SENTRY_URL": "http://127.0.0.1:9",
    "SENTRY_AUTH_TOKEN": "local-token",
    "SENTRY_ORG_SLUG": "acme",
    "SENTRY_PROJECT": "shop",
}


class Watched(httpx.AsyncBaseTransport):
    """Passes requests on, remembers them, and how many were under way at once."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.paths: list[str] = []
        self.under_way = self.most_under_way = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(0)  # lets a second request start before the first is answered
        try:
            return await self._inner.handle_async_request(request)
        finally:
            self.under_way -= 1


class Desk:
    """A local Sentry in this process, a module on it, and what passes between them."""

    def __init__(self) -> None:
        self.store = Store()
        self.project = add_project(self.store, "shop", org="acme", now=NOW.timestamp())
        app = create_app(self.store, token="local-token", org="acme", now=lambda: NOW)
        self.wire = Watched(httpx.ASGITransport(app=app))
        self.http = httpx.AsyncClient(transport=self.wire, base_url=ENVIRON["SENTRY_URL"])
        self.module = SentryErrorMonitorModule(ENVIRON, transport=self.wire)

    async def report(self, event: dict[str, Any]) -> None:
        answer = await self.http.post(
            f"/api/{self.project.id}/store/",
            json={"platform": "python", "timestamp": NOW.timestamp(), **event},
            headers={"x-sentry-auth": f"Sentry sentry_key={self.project.public_key}"},
        )
        assert answer.status_code == 200, answer.text
        self.wire.paths.clear()

    async def ask(self, operation: str, **parameters: Any) -> ModuleOutput:
        return await self.module.execute(ModuleInput(operation=operation, parameters=parameters))

    async def text(self, operation: str, **parameters: Any) -> str:
        output = await self.ask(operation, **parameters)
        assert output.ok, output.error
        return agent_text(*viewed(output, OPERATIONS.find(operation).view))


@pytest.fixture
async def desk() -> Any:
    desk = Desk()
    yield desk
    await desk.module.aclose()
    await desk.http.aclose()
    desk.store.close()


async def test_issue_details_take_two_requests_at_the_same_time(desk: Desk) -> None:
    await desk.report(crash())

    await desk.text("get-issue-details", issue_id="SHOP-1")

    assert len(desk.wire.paths) == 2
    assert desk.wire.most_under_way == 2


async def test_a_list_takes_one_request_once_the_project_is_known(desk: Desk) -> None:
    await desk.report(crash())
    await desk.text("get-recent-issues")
    desk.wire.paths.clear()

    await desk.text("get-recent-issues")

    assert desk.wire.paths == ["/api/0/organizations/acme/issues/"]


async def test_thirty_frames_and_breadcrumbs_cost_at_most_1800_tokens(desk: Desk) -> None:
    await desk.report(crash())

    text = await desk.text("get-issue-details", issue_id="SHOP-1")

    assert tokens(text) <= 1800
    assert "handle_step_29" in text
    assert "locals: local_0=<Order 0 of customer 29>" in text


async def test_an_event_of_400_kilobytes_stays_under_the_cap(desk: Desk) -> None:
    await desk.report(huge())

    for response_format in ("concise", "detailed"):
        output = await desk.ask(
            "get-issue-details", issue_id="SHOP-1", response_format=response_format
        )
        text = agent_text(*viewed(output, OPERATIONS.find("get-issue-details").view))
        assert len(text) <= MOST_CHARACTERS + 1000
        assert len(output.model_dump_json()) <= 4 * MOST_CHARACTERS
    assert tokens(await desk.text("get-issue-details", issue_id="SHOP-1")) <= 2500


async def test_25_issues_cost_a_line_each(desk: Desk) -> None:
    for number in range(25):
        event = crash(frames=2, breadcrumbs=0)
        event["exception"]["values"][0]["type"] = f"Problem{number}Error"
        await desk.report(event)

    text = await desk.text("get-recent-issues", limit=25)

    assert len(text.splitlines()) <= 25 + 6
    assert tokens(text) <= 1500
