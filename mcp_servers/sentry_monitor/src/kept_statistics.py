"""Error statistics of the mapped projects, read anew in the background and kept: pages and metrics
show them without waiting for Sentry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from modules.autofix.tidying import again_and_again
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module

from .operations.error_statistics import wanted_projects
from .operations.resolution_times import LOOKS, MOST_LOOKS
from .operations.services import Services

PERIOD: Final = "24h"
SHOWN: Final = 10  # types and issues, as many as metrics and pages show at most
DEADLINE_S: Final = (60.0, 150.0)  # at least and at most; nobody waits for it
LOOKS_A_SECOND: Final = 0.4  # at resolved issues: a twelfth of what sentry.io is asked for at most
MISSED: Final = 3  # refreshes after which what is kept is told no more


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What get-error-statistics answered, and when."""

    at: datetime
    data: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def kept_statistics(module: Module[Any], services: Services, *, every_ms: int) -> "KeptStatistics":
    """Of one process; `every_ms` is 0 where nothing is to be read."""
    return KeptStatistics(
        module,
        every_s=every_ms / 1000,
        now=services.now,
        projects=partial(wanted_projects, services),
    )


class KeptStatistics:
    """The last answer, and why the one after it failed. `every_s` is 0 where nothing is read."""

    def __init__(
        self,
        module: Module[Any],
        *,
        every_s: float,
        now: Callable[[], datetime],
        projects: Callable[[], Sequence[str]],
    ) -> None:
        self.every_s, self._projects = every_s, projects
        self.problem = ""
        self._looks = max(LOOKS, min(MOST_LOOKS, int(every_s * LOOKS_A_SECOND)))
        self._deadline_s = min(max(DEADLINE_S[0], every_s / 2), DEADLINE_S[1])
        self._module, self._now = module, now
        self._kept: Kept | None = None

    @property
    def latest(self) -> Kept | None:
        """None where there is none, or where it is so old that it tells nothing."""
        kept = self._kept
        old = timedelta(seconds=MISSED * self.every_s)
        return kept if kept is not None and self._now() - kept.at <= old else None

    @property
    def up(self) -> dict[str, bool]:
        """Of each project whose statistics are wanted, whether the last look found them."""
        kept = self.latest
        if kept is None or self.problem:
            return dict.fromkeys(self._projects(), False)
        read = [one["project"] for one in kept.data["projects"]]
        return {**dict.fromkeys(read, True), **dict.fromkeys(kept.data["missing"], False)}

    async def again_and_again(self) -> None:
        """Until it is cancelled."""
        await again_and_again("reading error statistics", self.refresh, every_s=self.every_s)

    async def refresh(self) -> None:
        """Ask once; what fails leaves what is kept. It ends in time and raises nothing."""
        asked = ModuleInput(
            operation="get-error-statistics",
            parameters={"period": PERIOD, "limit": SHOWN, "resolved_limit": self._looks},
            timeout_seconds=self._deadline_s,
        )
        output = await self._module.execute(asked)
        if output.data is None:
            self.problem = output.error.message if output.error else ""
            return
        self._kept = Kept(at=self._now(), data=output.data, warnings=output.warnings)
        self.problem = ""
