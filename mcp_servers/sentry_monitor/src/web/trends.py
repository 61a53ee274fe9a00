"""How many errors a project had in the last 24 hours, kept for a minute: a page asks for it each
time that it is shown, and Sentry counts requests."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from mcp_servers.sentry_monitor.src.kept_statistics import Kept
from mcp_servers.sentry_monitor.src.operations.health import Counts, Rates, verdict
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module

KEPT_S: Final = 60.0
DEADLINE_S: Final = 5.0
LATE: Final = "Sentry did not answer in time."
UNKNOWN: Final = Counts(None, None, None)
Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Errors of an hour each, oldest first, their sums, and issues, as of a moment; `problem` in
    their place where they cannot be had."""

    at: datetime
    hours: tuple[int, ...] = ()
    rates: Rates | None = None
    counts: Counts = UNKNOWN
    problem: str = ""

    @property
    def judged(self) -> tuple[str, str]:
        """healthy, watch, degraded, critical or quiet, and the worst reason."""
        if self.rates is None:
            return "", ""
        word, reasons = verdict(self.rates, self.counts)
        return word, reasons[0]

    def as_of(self, kept: Kept | None, slug: str) -> "Trend":
        """With the figures that the page shows of all projects, so that it tells one number; what
        they do not tell, and what is not among them, stays as it is."""
        known = kept.data["projects"] if kept else ()
        found = next((one for one in known if one["project"] == slug), None)
        if kept is None or found is None or self.rates is None:
            return self
        rates = replace(
            self.rates,
            accepted=found["errors"],
            before=found["trend"]["before"] or 0,
            per_minute=found["rate"]["per_minute"],
            peak_per_minute=found["rate"]["peak_per_minute"],
            trend_percent=found["trend"]["percent"],
        )
        return replace(self, at=kept.at, hours=tuple(found["series"]["errors"]), rates=rates)


class Trends:
    """By project slug. Whoever asks while an answer is on its way gets the same one."""

    def __init__(
        self,
        module: Module[Any],
        *,
        now: Callable[[], datetime],
        kept_s: float = KEPT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._module, self._now = module, now
        self._kept_s, self._deadline_s = kept_s, deadline_s
        self._asked: dict[str, tuple[float, asyncio.Task[Trend]]] = {}

    async def of(self, slugs: Sequence[str]) -> dict[str, Trend]:
        """All of them side by side. It ends in time and raises nothing."""
        tasks = {slug: self._task(slug) for slug in slugs}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=self._deadline_s)
        late = Trend(at=self._now(), problem=LATE)
        return {slug: task.result() if task.done() else late for slug, task in tasks.items()}

    def _task(self, slug: str) -> asyncio.Task[Trend]:
        now = asyncio.get_running_loop().time()
        until, task = self._asked.get(slug, (0.0, None))
        if task is None or until <= now:
            task = asyncio.create_task(self._ask(slug))
            self._asked[slug] = now + self._kept_s, task
        return task

    async def _ask(self, slug: str) -> Trend:
        asked = ModuleInput(
            operation="get-project-stats",
            parameters={"project_slug": slug, "period": "24h"},
            timeout_seconds=self._deadline_s,
        )
        output = await self._module.execute(asked)
        if output.data is None:
            return Trend(at=self._now(), problem=output.error.message if output.error else LATE)
        return _read(output.data, self._now())


def _read(data: Json, at: datetime) -> Trend:
    rates = {name: data["rates"][name] for name in Rates.__dataclass_fields__}
    return Trend(
        at=at,
        hours=tuple(data["series"]["accepted"]),
        rates=Rates(**rates),
        counts=Counts(**data["issues"]),
    )
