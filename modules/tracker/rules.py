"""What is tracked: which of Sentry's news begin an issue, and what others ask for. No I/O.

Source: seed document 002, "Webhook Events".
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.sentry.models import LEVELS, Issue
from modules.sentry.webhooks import Told

POLL: Final = "poll"
ISSUE: Final = "issue"
METRIC_ALERT: Final = "metric_alert"
Event = Literal["new", "regressed", "escalating", "metric_alert"]


class BadRules(ModuleError):
    """A table `tracker` of the projects file cannot be used."""

    code = "bad_tracker_rules"
    category = Category.CONFIGURATION
    recovery = "Correct the file that SENTRY_PROJECTS_FILE names (docs/tracker.md)."


class Ask(StrEnum):
    """What a piece of news asks for."""

    NEW = "new"
    REGRESSED = "regressed"
    ESCALATING = "escalating"
    METRIC_ALERT = "metric_alert"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"  # by a person
    ASSIGNED = "assigned"


OTHERS: Final = {
    "unresolved": Ask.UNRESOLVED,
    "resolved": Ask.RESOLVED,
    "assigned": Ask.ASSIGNED,
}
BEGIN: Final = frozenset({Ask.NEW, Ask.REGRESSED, Ask.ESCALATING, Ask.METRIC_ALERT})


class Rules(BaseModel):
    """Of one project: `[projects.KEY.tracker]`, or `[defaults.tracker]` for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    events: tuple[Event, ...] = ("new", "regressed", "escalating", "metric_alert")
    level: Literal["debug", "info", "warning", "error", "fatal"] = "debug"  # the least
    environments: tuple[str, ...] = ()  # of the newest event; empty for all
    new_issue_on_regression: bool = False  # else what was closed is opened again
    close_resolves_in_sentry: bool = False
    cause_hours: int = Field(default=48, ge=1, le=720)  # before it came up, commits are suspected
    assignees: Mapping[str, str] = Field(default_factory=dict)  # Sentry's name or mail: tracker's

    def why_not(self, ask: Ask, *, level: str, environment: str) -> str:
        """The reason why it begins no issue; empty where it may. What is tracked already stays in
        step, whatever these say."""
        if ask not in BEGIN:
            return "not_tracked"
        if ask.value not in self.events:
            return "event_not_chosen"
        if _weight(level) > _weight(self.level):
            return "below_level"
        if self.environments and environment not in self.environments:
            return "other_environment"
        return ""

    def assignee(self, issue: Issue) -> str:
        """The tracker's name of whom Sentry assigned; empty for nobody, or nobody known."""
        known = {name.casefold(): other for name, other in self.assignees.items()}
        named = (issue.assigned_email, issue.assigned_to)
        return next((known[one.casefold()] for one in named if one.casefold() in known), "")


class AllRules(BaseModel):
    """By the slug of a project; `shared` for those that have none of their own."""

    model_config = ConfigDict(frozen=True)

    shared: Rules = Rules()
    own: Mapping[str, Rules] = Field(default_factory=dict)
    only: frozenset[str] = frozenset()  # slugs; empty for all

    def of(self, slug: str) -> Rules:
        rules = self.own.get(slug, self.shared)
        allowed = not self.only or slug in self.only
        return rules if allowed else rules.model_copy(update={"enabled": False})


def from_tables(data: Mapping[str, Any], *, only: frozenset[str] = frozenset()) -> AllRules:
    """The parsed TOML file. Raises BadRules."""
    shared = _tracker_of("defaults", data.get("defaults"))
    projects = data.get("projects", {})
    own = {}
    for key, table in projects.items() if isinstance(projects, Mapping) else ():
        mine = _tracker_of(key, table)
        if mine:
            own[str(table.get("slug", key))] = _read(key, {**shared, **mine})
    return AllRules(shared=_read("defaults", shared), own=own, only=only)


def concerns(told: Told) -> bool:
    """Whether it may ask for anything, by its kind alone."""
    return told.resource in (ISSUE, POLL, METRIC_ALERT)


def asked(told: Told, substatus: str) -> Ask | None:
    """What the news asks for; None for nothing. `substatus` is the issue's; servers that know none
    tell of new issues only."""
    if told.resource == METRIC_ALERT:
        return Ask.RESOLVED if told.action == "resolved" else Ask.METRIC_ALERT
    back = told.action == "unresolved" or told.resource == POLL  # which finds it as it is by now
    if back and substatus in (Ask.REGRESSED, Ask.ESCALATING):
        return Ask(substatus)
    if told.action == "created":
        return Ask.NEW if substatus in ("", "new") else None
    return OTHERS.get(told.action)


def _weight(level: str) -> int:
    """The lower, the worse; what is no level counts as an error."""
    return LEVELS.index(level if level in LEVELS[:5] else "error")


def _tracker_of(key: str, table: Any) -> dict[str, Any]:
    found = table.get("tracker", {}) if isinstance(table, Mapping) else {}
    if not isinstance(found, Mapping):
        raise BadRules(f"{key[:64]!r}: tracker must be a table.")
    return dict(found)


def _read(key: str, table: Mapping[str, Any]) -> Rules:
    try:
        return Rules.model_validate(table)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:100]
        raise BadRules(f"Project {key[:64]!r}: tracker.{where}: {first['msg']}") from None
