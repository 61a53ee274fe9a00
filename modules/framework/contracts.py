"""What goes into a module and what comes out: frozen values, safe to print and to store."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """How a call ended. `failure`: somebody can act on it. `error`: a defect of ours."""

    SUCCESS = "success"
    PARTIAL_SUCCESS = "partial_success"
    FAILURE = "failure"
    ERROR = "error"


class Category(StrEnum):
    """What kind of thing went wrong, hence who must act."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    VALIDATION = "validation"
    RATE_LIMIT = "rate_limit"
    TIMEOUT = "timeout"
    UPSTREAM = "upstream"
    NETWORK = "network"
    CONFLICT = "conflict"
    CONFIGURATION = "configuration"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"


class Value(BaseModel):
    """A frozen model that refuses what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorDetail(Value):
    """Why a call did not succeed, and what to do next. Every word is ours, none the server's."""

    code: str = Field(description="Stable identifier, e.g. `rate_limited`.")
    message: str = Field(description="What happened, to what.")
    category: Category
    recovery_suggestion: str | None = Field(default=None, description="What to do next.")
    retryable: bool = Field(default=False, description="Whether the same call may succeed later.")
    retry_after_seconds: float | None = Field(default=None, description="How long to wait first.")
    details: dict[str, Any] = Field(default_factory=dict, description="Facts for programs.")


class SideEffect(Value):
    """One change that a call made outside this process."""

    action: str = Field(description="What was done, e.g. `set-status`.")
    target: str = Field(description="To what: kind, name and server.")
    before: Any = None
    after: Any = None
    undo: str | None = Field(default=None, description="How to take it back.")


class ModuleInput(Value):
    """A call: the operation's name and its parameters."""

    operation: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    timeout_seconds: float | None = Field(
        default=None, gt=0, le=600, description="Total time for this call; the settings' if absent."
    )
    request_id: str | None = Field(default=None, description="Returned unchanged, for correlation.")


class Answer(Value):
    """What an operation returns. `gaps` are parts that could not be had."""

    data: dict[str, Any]
    side_effects: tuple[SideEffect, ...] = ()
    gaps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()


class ModuleOutput(Value):
    """The outcome of a call. `data` is set on success and partial success, else `error` is."""

    status: Status
    operation: str
    data: dict[str, Any] | None = None
    error: ErrorDetail | None = None
    side_effects: tuple[SideEffect, ...] = ()
    warnings: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    duration_ms: float = 0.0
    request_id: str | None = None

    @property
    def ok(self) -> bool:
        """Whether `data` is there."""
        return self.status in (Status.SUCCESS, Status.PARTIAL_SUCCESS)
