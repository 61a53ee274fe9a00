"""What can go wrong, as one tree. A class says who must act; attributes carry the facts.

ModuleError
├── UnknownOperation      validation
├── InvalidParameters     validation
└── (rooms add their own: modules/outbound/errors.py, modules/sentry/errors.py)
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from .contracts import Category, ErrorDetail

STOPS: Final = (".", "!", "?")


class ModuleError(Exception):
    """Something a caller, an operator or a server can cause."""

    code: ClassVar[str] = "module_error"
    category: ClassVar[Category] = Category.INTERNAL
    retryable: ClassVar[bool] = False
    recovery: ClassVar[str | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        recovery: str | None = None,
        retry_after_s: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or " ".join((type(self).__doc__ or self.code).split())
        super().__init__(self.message)
        self.recovery_suggestion = recovery or self.recovery
        self.retry_after_s = retry_after_s
        self.details = dict(details or {})

    def detail(self) -> ErrorDetail:
        return ErrorDetail(
            code=self.code,
            message=self.message,
            category=self.category,
            recovery_suggestion=self.recovery_suggestion,
            retryable=self.retryable,
            retry_after_seconds=self.retry_after_s,
            details=self.details,
        )


def in_full(error: ModuleError | ErrorDetail) -> str:
    """What happened and what to do, a sentence each."""
    parts = (error.message, error.recovery_suggestion or "")
    told = [part.strip() for part in parts if part.strip()]
    return " ".join(part if part.endswith(STOPS) else f"{part}." for part in told)


class UnknownOperation(ModuleError):
    """There is no such operation."""

    code = "unknown_operation"
    category = Category.VALIDATION

    def __init__(self, name: str, *, known: Sequence[str], near: Sequence[str]) -> None:
        guess = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(
            f"There is no operation {name[:64]!r}.{guess}",
            recovery=f"Use one of: {', '.join(known)}.",
            details={"known": list(known)},
        )


class InvalidParameters(ModuleError):
    """The parameters do not fit the operation."""

    code = "invalid_parameters"
    category = Category.VALIDATION
