"""Metric alerts on the number of events: rules, and the incidents that come of them.

Source: docs.sentry.io, "Create a Metric Alert Rule for an Organization", and the webhook
`metric_alert`. An incident opens when a trigger's threshold is passed, and ends when the count is at
or below the resolve threshold, else the lowest of the triggers'.
"""

from dataclasses import dataclass
from typing import Final

from .models import Project

RESOLVED: Final = "resolved"
STATUS: Final = {RESOLVED: 2, "warning": 10, "critical": 20}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`level` and `environment` narrow what is counted in the last `window_s`; empty: all."""

    id: int
    name: str
    project: Project
    level: str
    environment: str
    window_s: int
    warning: float | None
    critical: float
    resolve: float | None
    created: float

    def state(self, count: int) -> str:
        """What so many events mean; empty between the thresholds, where all stays as it is."""
        for label, threshold in (("critical", self.critical), ("warning", self.warning)):
            if threshold is not None and count > threshold:
                return label
        lowest = min(one for one in (self.warning, self.critical) if one is not None)
        return RESOLVED if count <= (lowest if self.resolve is None else self.resolve) else ""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """`state` is critical, warning or resolved; `number` is counted in the organization."""

    number: int
    rule: Rule
    state: str
    started: float
    count: int = 0
