"""A door to the operations on repairs: one issue in Sentry, jobs in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fakes.job_ports import NOW, FakeJobs, an_autofix
from fakes.repairs import job as a_job
from fakes.repairs import problem, report
from fakes.sender import FakeSender, reply
from fakes.values import an_issue
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.operations.services import CAPS, Autofix, Services
from mcp_servers.sentry_monitor.src.page_text import agent_text
from modules.autofix.job import Attempt, Job, Stage, Status
from modules.framework.contracts import ErrorDetail, ModuleInput, ModuleOutput
from modules.framework.module import Module, viewed
from modules.safetext.policy import Policy
from modules.sentry.client import SentryClient

OLD = timedelta(hours=2)
ISSUE = "/api/0/organizations/acme/issues/42/"


class Door:
    """The module on an issue 42 of the project shop, and on jobs in memory."""

    def __init__(self, autofix: Autofix | None = None, **issue: Any) -> None:
        self.autofix = autofix or an_autofix()
        self.sender = FakeSender({ISSUE: reply(an_issue(**issue))})
        self.module = Module(OPERATIONS, self._open)

    @asynccontextmanager
    async def _open(self, request: ModuleInput) -> AsyncIterator[Services]:
        yield Services(
            sentry=SentryClient("https://sentry.test", connect=lambda _: self.sender, org="acme"),
            project=None,
            policy=Policy(caps=CAPS),
            now=lambda: NOW,
            operation_scopes={},
            autofix=lambda: self.autofix,
        )

    async def ask(self, operation: str, **parameters: Any) -> ModuleOutput:
        return await self.module.execute(ModuleInput(operation=operation, parameters=parameters))

    async def read(self, operation: str, **parameters: Any) -> tuple[dict[str, Any], str]:
        """The data, and the text that an agent reads."""
        output = await self.ask(operation, **parameters)
        output, page = viewed(output, OPERATIONS.find(operation).view)
        assert output.error is None, output.error
        return output.data or {}, agent_text(output, page)

    async def refusal(self, operation: str, **parameters: Any) -> ErrorDetail:
        output = await self.ask(operation, **parameters)
        assert output.error is not None
        return output.error


def shop_job(**more: Any) -> Job:
    named = {"project_slug": "shop", "project_key": "web", "host": "sentry.test"}
    return a_job(**{**named, "created_at": NOW, **more})


def jobs(*some: Job, **more: Any) -> Autofix:
    return an_autofix(FakeJobs({one.id: one for one in some}, **more))


def waiting(**more: Any) -> Job:
    attempt = Attempt(number=1, started_at=NOW, diff="+ fixed", report=report(), log="it worked")
    done = {"stage": Stage.PUBLISH, "attempts": (attempt,), "problem": problem()}
    return shop_job(**{"status": Status.WAITING, **done, **more})
