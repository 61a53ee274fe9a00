"""The job of one repair, from accepted to ended. Its JSON has the documented names (camelCase)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """A frozen value whose JSON is camelCase; fields of a later version are ignored."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore"
    )

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"  # for a person's decision
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (Status.QUEUED, Status.RUNNING, Status.WAITING)


class Outcome(StrEnum):
    FIXED = "fixed"
    DRAFT = "draft"
    DUPLICATE_PR = "duplicate_pr"
    NOT_REPRODUCED = "not_reproduced"
    BLOCKED_PATH = "blocked_path"
    DECLINED = "declined"
    WONT_FIX = "wont_fix"
    ERROR = "error"


class Stage(StrEnum):
    """The step that runs next; `done` when none does."""

    GATHER = "gather"
    SCREEN = "screen"
    BRANCH = "branch"
    FIX = "fix"
    GUARD = "guard"
    PROVE = "prove"
    PUBLISH = "publish"
    ANNOUNCE = "announce"
    DONE = "done"


class StopAt(StrEnum):
    """How far a job goes before a person decides."""

    PLAN = "plan"
    DIFF = "diff"
    PR = "pr"


Trigger = Literal["request", "webhook", "poll"]  # a person or an agent asked, or nobody did


class CodeFrame(Value):
    """A frame of the stack, as the event tells it: strangers wrote it."""

    path: str
    function: str = ""
    line: int = 0
    context: str = ""
    in_app: bool = True


class Problem(Value):
    """What Sentry tells about the issue. Secrets are redacted before it is kept."""

    issue_id: str
    short_id: str
    title: str  # untrusted, as are type, value, culprit, frames and event
    url: str
    project_slug: str
    organization_slug: str
    level: str = ""
    priority: str = ""
    status: str = ""
    category: str = "error"
    count: int = 0
    events_last_day: int | None = None
    user_count: int = 0
    first_seen: str = ""
    type: str = ""
    value: str = ""
    culprit: str = ""
    event_id: str | None = None
    environment: str | None = None
    release: str | None = None
    frames: tuple[CodeFrame, ...] = ()  # oldest call first, as Sentry lists them
    event: dict[str, Any] = Field(default_factory=dict)  # the whole event, scrubbed

    @property
    def in_app(self) -> tuple[CodeFrame, ...]:
        return tuple(frame for frame in self.frames if frame.in_app)


Classification = Literal["code_fix", "action_recommended", "cause_only"]
NoFixReason = Literal[
    "not_reproducible",
    "external_cause",
    "configuration",
    "needs_decision",
    "not_enough_context",
    "blocked_path",
    "suspicious_input",
]


class Report(BaseModel):
    """What an agent says it found. Never evidence; all of it is a model's text, so untrusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    classification: Classification
    root_cause: str = Field(min_length=1, max_length=600)
    explanation: str = Field(min_length=1, max_length=4000)
    risks: str = Field(default="", max_length=1000)
    five_whys: tuple[str, ...] = Field(default=(), max_length=5)
    confidence: float = Field(ge=0, le=1)
    changed_files: tuple[str, ...] = Field(default=(), max_length=40)
    test_files: tuple[str, ...] = Field(default=(), max_length=40)
    no_fix_reason: NoFixReason | None = None


class Proof(Value):
    """What our own runs of the tests showed."""

    proven: bool
    reasons: tuple[str, ...] = ()
    fail_to_pass: tuple[str, ...] = ()
    same_error: bool = False
    ran: bool = True
    passed_before: int = 0
    passed_after: int = 0
    failed_before: int = 0
    failed_after: int = 0
    flaky: tuple[str, ...] = ()
    output: str = ""  # the end of the run with the fix
    output_before: str = ""  # and of the run with the new tests and without the fix


class Mention(Value):
    """A pull request like ours, not like enough to stop for."""

    number: int
    url: str
    score: float


class Attempt(Value):
    """One run of the agent."""

    number: int
    agent: str = ""  # what made it
    started_at: datetime
    completed_at: datetime | None = None
    cost_usd: float = 0.0
    turns: int = 0
    duration_s: float = 0.0
    log: str = ""
    diff: str = ""
    report: Report | None = None
    commit: str | None = None
    failure: str | None = None  # a reason and its sentence, handed to the next attempt


class Decision(Value):
    """What a person decided about a waiting job."""

    kind: Literal["approve", "guide", "wont_fix", "cancel", "retry"]
    at: datetime
    text: str = ""
    diff_sha256: str | None = None


class Thread(Value):
    """The first message about a job in a chat; what is told later belongs below it."""

    channel: str
    message: str


class Job(Value):
    """One repair of one issue (seed document 001, SentryFixJob), with where it stands."""

    id: str
    sentry_issue_id: str
    sentry_event_id: str | None = None
    organization_slug: str
    project_slug: str
    environment: str | None = None
    release: str | None = None
    issue_title: str = ""
    issue_url: str = ""
    status: Status = Status.QUEUED
    outcome: Outcome | None = None
    payload_snapshot: dict[str, Any] = Field(default_factory=dict)
    branch_name: str | None = None
    pr_url: str | None = None
    pr_number: int | None = None
    error_message: str | None = None
    retry_count: int = 0
    max_retries: int = 3
    started_at: datetime | None = None
    completed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    attempts: tuple[Attempt, ...] = ()

    # where it stands, beyond the documented model
    project_key: str
    trigger: Trigger = "request"
    host: str = ""
    run: int = 0  # one more each time the job is put into the queue again
    generation: int = 1
    stage: Stage = Stage.GATHER
    reason: str | None = None
    stop_at: StopAt = StopAt.PR
    approved: bool = False
    instructions: str = ""
    not_before: datetime | None = None
    problem: Problem | None = None
    base_sha: str | None = None
    findings: tuple[str, ...] = ()
    proof: Proof | None = None
    mentions: tuple[Mention, ...] = ()
    notes: tuple[str, ...] = ()  # stages that are told in Sentry
    notices: tuple[str, ...] = ()  # kinds that people are told, marked before they are sent
    thread: Thread | None = None

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def issue_name(self) -> str:
        """As people know it; its number where nobody has looked at it yet."""
        return (self.problem and self.problem.short_id) or self.sentry_issue_id

    @property
    def issue_key(self) -> str:
        """Which issue of which server: the identity that branch and duplicates go by."""
        return f"{self.host}/{self.organization_slug}/{self.sentry_issue_id}"

    @property
    def cost_usd(self) -> float:
        return sum(attempt.cost_usd for attempt in self.attempts)
