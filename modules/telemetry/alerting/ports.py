"""What alert rules are written to: one generation of Sentry's API."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from .plan import Present, Step, Wanted
from .rules import RuleSet
from .targets import Target


class Written(NamedTuple):
    """The id of the object; or that of Sentry's task, where the writing goes on for a while."""

    id: str
    task: str = ""


class AlertApi(Protocol):
    """The alerts of one project. `order` are the kinds of objects as they are written one after
    the other, `needs` the scopes, of which any one is enough, to write each."""

    @property
    def generation(self) -> str: ...

    @property
    def order(self) -> Sequence[str]: ...

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]: ...

    async def present(self) -> Sequence[Present]:
        """All that the project has, ours and others'. Raises SentryError, OutboundError."""

    def wanted(
        self, rules: RuleSet, targets: Mapping[str, Target], present: Sequence[Present]
    ) -> Sequence[Wanted]:
        """What the project should have. Raises BadAlertRules for what this server cannot do."""

    async def write(self, step: Step) -> Written:
        """Create or change one object, once. Raises SentryError, OutboundError."""

    async def delete(self, left_over: Present) -> None:
        """Delete one object of ours, once. Raises SentryError (NotFound where it is gone by now),
        OutboundError."""

    def serves_others(self, left_over: Present, foreign: Sequence[Present]) -> bool:
        """Whether a rule of somebody else's would no longer work without it."""

    async def task(self, task: str) -> str:
        """How such a task stands: pending, success or failed."""
