"""The first page: what runs, what waits for a person, what was spent, how the projects are."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.errors import AutofixDisabled
from modules.autofix.job import Status
from modules.autofix.learning import acceptance
from modules.jobs.deliveries import State

from .charts import bars
from .error_charts import errors
from .handlers import Back, Page
from .trends import Trends

SHOWN: Final = 20  # jobs of a kind; /jobs has all
DAY: Final = timedelta(days=1)
LIVES: Final[Mapping[State, str]] = {
    State.NEW: "kept, to be decided about",
    State.DONE: "began a job",
    State.SKIPPED: "came to nothing, and why is told",
    State.DEAD: "could not be decided about",
}


class Overview:
    """Its page, and its buttons: the poll, the kill switch."""

    def __init__(self, service: Service, trends: Trends) -> None:
        self._service, self._trends = service, trends

    async def show(self, _: Request) -> Page:
        """Raises DatabaseAway, BadProjects."""
        figures, jobs = self._service.figures, self._service.autofix.jobs
        projects = self._service.autofix.projects.projects
        asked = asyncio.create_task(self._trends.of([one.slug for one in projects]))
        counts = await figures.counts()
        ended = await figures.ended_lately(SHOWN)
        values: dict[str, Any] = {
            "enabled": self._service.watch.enabled,
            "works": self._service.works,
            "stopped": await jobs.stopped(),
            "running": await jobs.list(status=Status.RUNNING, limit=SHOWN),
            "waiting": await jobs.list(status=Status.WAITING, limit=SHOWN),
            "queued": await jobs.list(status=Status.QUEUED, limit=SHOWN),
            "count": {one.value: _of_status(counts, one) for one in Status},
            "ended": ended,
            "ended_count": len(await figures.took_lately()),
            **await self._figures(),
            **await self._arrivals(),
            **self._errors(),
        }
        latest = self._service.statistics.latest
        trends = {slug: one.as_of(latest, slug) for slug, one in (await asked).items()}
        values["projects"] = [
            (one, trends[one.slug], bars(trends[one.slug].hours)) for one in projects
        ]
        return Page("overview.html", values)

    async def _figures(self) -> dict[str, Any]:
        known = self._service.settings
        return {
            "spent": await self._service.figures.spent_today(),
            "usd_a_day": known.fixer_usd_a_day,
            "runs_a_day": known.fixer_runs_a_day,
            "acceptance": acceptance(await self._service.pulls.kept()),
        }

    async def _arrivals(self) -> dict[str, Any]:
        counts = await self._service.watch.inbox.counts(self._service.services.now() - DAY)
        polls = await self._service.poller.recent()
        return {
            "deliveries": [(one, counts.get(one.value, 0), LIVES[one]) for one in State],
            "poll": polls[0] if polls else None,
            "poll_at": datetime.fromisoformat(polls[0]["at"]) if polls else None,
            "every_ms": self._service.settings.poll_interval_ms,
        }

    def _errors(self) -> dict[str, Any]:
        kept = self._service.statistics
        return {
            "errors": errors(kept.latest) if kept.latest else None,
            "errors_every": kept.every_s,
            "errors_problem": kept.problem,
        }

    async def poll(self, _: Request, __: Mapping[str, str]) -> Back:
        """“Analyze Sentry issues now”. Raises ModuleError."""
        if not self._service.watch.enabled:
            raise AutofixDisabled
        await self._service.poller.poll()
        return Back("/", "polled")

    async def switch(self, _: Request, given: Mapping[str, str]) -> Back:
        """The kill switch: `to` is `on`, `now` or `off`. Raises DatabaseAway."""
        to = given.get("to", "")
        await self._service.switch(on=to != "off", at_once=to == "now")
        return Back("/", {"off": "resumed", "now": "stopped"}.get(to, "paused"))


def _of_status(counts: Mapping[tuple[str, str, str], int], wanted: Status) -> int:
    return sum(number for (_, status, _), number in counts.items() if status == wanted.value)
