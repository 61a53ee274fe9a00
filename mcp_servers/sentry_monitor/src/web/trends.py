"""How many errors a project had in the last 24 hours, kept for a minute: a page asks for it each
time that it is shown, and Sentry counts requests."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from modules.framework.contracts import ModuleInput
from modules.framework.module import Module

KEPT_S: Final = 60.0
DEADLINE_S: Final = 5.0
LATE: Final = "Sentry did not answer in time."


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Errors of an hour each, oldest first; `problem` in their place where they cannot be had."""

    hours: tuple[int, ...] = ()
    total: int = 0
    per_minute: float = 0.0
    change: float | None = None  # percent, against the day before
    verdict: str = ""  # healthy, watch, degraded, critical, quiet
    problem: str = ""


class Trends:
    """By project slug. Whoever asks while an answer is on its way gets the same one."""

    def __init__(
        self, module: Module[Any], *, kept_s: float = KEPT_S, deadline_s: float = DEADLINE_S
    ) -> None:
        self._module, self._kept_s, self._deadline_s = module, kept_s, deadline_s
        self._asked: dict[str, tuple[float, asyncio.Task[Trend]]] = {}

    async def of(self, slugs: Sequence[str]) -> dict[str, Trend]:
        """All of them side by side. It ends in time and raises nothing."""
        tasks = {slug: self._task(slug) for slug in slugs}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=self._deadline_s)
        late = Trend(problem=LATE)
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
            return Trend(problem=output.error.message if output.error else LATE)
        rates = output.data["rates"]
        return Trend(
            hours=tuple(output.data["series"]["accepted"]),
            total=rates["accepted"],
            per_minute=rates["per_minute"],
            change=rates["trend_percent"],
            verdict=output.data["verdict"],
        )
