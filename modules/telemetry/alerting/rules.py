"""Alert rules and where they tell of errors, as a file writes them; and those built in. No I/O.

Source of the built-in ones: seed document 003, requirements 17.5 and 17.6.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Level = Literal["debug", "info", "warning", "error", "fatal"]
# What both generations of Sentry's API take.
Repeat = Literal[5, 10, 30, 60, 180, 720, 1440]
Window = Literal[1, 5, 10, 15, 30, 60]
Within = Literal["1m", "5m", "15m", "1h", "1d", "1w", "30d"]
OWNERS: Final = "issue_owners"


class Table(BaseModel):
    """A table of the file: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SlackChannel(Table):
    type: Literal["slack"]
    workspace: str = Field(min_length=1, max_length=100)  # as Sentry's settings name it
    channel: str = Field(pattern=r"^#?[^\s#@]{1,80}$")
    channel_id: str = Field(default="", pattern=r"^([CGD][A-Z0-9]{5,20})?$")

    @property
    def name(self) -> str:
        return self.channel.removeprefix("#")


class EmailChannel(Table):
    """To whoever owns the issue, to a team (its slug), or to a member (the address)."""

    type: Literal["email"]
    to: Literal["issue_owners", ""] = ""
    team: str = Field(default="", max_length=100)
    member: str = Field(default="", max_length=254)

    @model_validator(mode="after")
    def _one_of_them(self) -> "EmailChannel":
        if sum(map(bool, (self.to, self.team, self.member))) != 1:
            raise ValueError('give exactly one of to = "issue_owners", team, member')
        return self


class PagerDutyChannel(Table):
    type: Literal["pagerduty"]
    account: str = Field(min_length=1, max_length=100)
    service: str = Field(min_length=1, max_length=200)


class AppChannel(Table):
    """The webhook of a Sentry app (an integration of the platform), by its slug."""

    type: Literal["sentry_app"]
    app: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$")


class WebhookChannel(Table):
    """The URLs in the project's settings of the plugin WebHooks."""

    type: Literal["webhook"]


Channel = SlackChannel | EmailChannel | PagerDutyChannel | AppChannel | WebhookChannel
CHANNELS: Final[Mapping[str, type[Channel]]] = {
    "slack": SlackChannel,
    "email": EmailChannel,
    "pagerduty": PagerDutyChannel,
    "sentry_app": AppChannel,
    "webhook": WebhookChannel,
}


class RuleTable(Table):
    """What every rule has. `channels`: names of the file's; all of them where none is named."""

    title: str = Field(
        default="",
        max_length=120,
        pattern=r"^([^\s\[\]\x00-\x1f]([^\[\]\x00-\x1f]*[^\s\[\]\x00-\x1f])?)?$",
    )
    channels: tuple[str, ...] = ()
    environment: str | None = Field(default=None, min_length=1, max_length=64)


class Repeated(RuleTable):
    repeat_minutes: Repeat = 30  # the least between two notices of one issue


class Defaults(Table):
    """What rules have that do not say otherwise; absent is as without the table."""

    channels: tuple[str, ...] | None = None
    environment: str | None = Field(default=None, min_length=1, max_length=64)
    repeat_minutes: Repeat | None = None


class Frequency(Repeated):
    """One issue is seen more than so many times."""

    when: Literal["frequency"]
    more_than: int = Field(ge=1, le=1_000_000)
    within: Within


class ErrorRate(RuleTable):
    """All errors of the project together: more than so many a minute, over some minutes."""

    when: Literal["error_rate"]
    per_minute: int = Field(ge=1, le=1_000_000)
    over_minutes: Window = 1


class NewIssue(Repeated):
    """An error of a kind that was never seen before, of this level or worse."""

    when: Literal["new_issue"]
    level: Level = "error"


class Regression(Repeated):
    """What was resolved is seen again."""

    when: Literal["regression"]
    level: Level | None = None


AlertRule = Frequency | ErrorRate | NewIssue | Regression
RULES: Final[Mapping[str, type[AlertRule]]] = {
    "frequency": Frequency,
    "error_rate": ErrorRate,
    "new_issue": NewIssue,
    "regression": Regression,
}
BUILT_IN: Final[Mapping[str, Mapping[str, object]]] = {
    "burst": {"when": "frequency", "more_than": 50, "within": "5m"},
    "sustained": {"when": "frequency", "more_than": 600, "within": "1h", "repeat_minutes": 60},
    "error-rate": {"when": "error_rate", "per_minute": 10},
    "new-errors": {"when": "new_issue", "level": "error"},
    "regressions": {"when": "regression"},
}
BUILT_IN_SOURCE: Final = "built in"
BUILT_IN_CHANNEL: Final = {"owners": {"type": "email", "to": OWNERS}}


class RuleSet(BaseModel):
    """What a file asks for, by key; the channels of each rule are its own by now. `source` names
    the file."""

    model_config = ConfigDict(frozen=True)

    channels: Mapping[str, Channel]
    rules: Mapping[str, AlertRule]
    environment: str | None = None  # that of `defaults`
    source: str = BUILT_IN_SOURCE

    def channels_of(self, rule: AlertRule) -> list[tuple[str, Channel]]:
        return [(name, self.channels[name]) for name in rule.channels]


Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


def title_of(rule: AlertRule) -> str:
    """What people read in a notice."""
    if rule.title:
        return rule.title
    match rule:
        case Frequency():
            return f"Seen more than {rule.more_than} times in {rule.within}"
        case ErrorRate():
            return f"More than {rule.per_minute} errors a minute"
        case NewIssue():
            return f"New error, level {rule.level} or worse"
        case Regression():
            return "Regression of a resolved error"


def said_by(rule: AlertRule) -> str:
    """All that a rule asks for, on one line, as it is read before it is approved of."""
    match rule:
        case Frequency():
            what = f"one issue more than {rule.more_than} times in {rule.within}"
        case ErrorRate():
            over = "" if rule.over_minutes == 1 else f" over {rule.over_minutes} minutes"
            what = f"more than {rule.per_minute} errors a minute{over}"
        case NewIssue():
            what = f"a new error, level {rule.level} or worse"
        case Regression():
            what = "a regression" + (f", level {rule.level} or worse" if rule.level else "")
    where = rule.environment or "all environments"
    again = f", at most every {rule.repeat_minutes} minutes" if isinstance(rule, Repeated) else ""
    named = f'; as "{rule.title}"' if rule.title else ""
    return f"{what}; {where}; to {', '.join(rule.channels)}{again}{named}"
