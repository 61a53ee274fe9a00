"""What get-error-statistics answers, made up."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from modules.framework.contracts import Answer, ModuleInput
from modules.framework.errors import ModuleError
from modules.framework.module import Module
from modules.framework.operation import Parameters, operation
from modules.framework.page import Page
from modules.framework.registry import Registry


def figures(
    *,
    errors: int = 10,
    users: int | None = 3,
    lately: float | None = 1.0,
    types: Sequence[tuple[str, int]] = (),
    other: int | None = 0,
    issues: Sequence[str] = (),
    resolution: dict[str, Any] | None = {  # noqa: B006 - it is read only
        "issues": 2,
        "mean_hours": 2.0,
        "median_hours": 1.0,
        "looked_at": 24,
        "of": 40,
    },
) -> dict[str, Any]:
    """Of one project; `types` go into what strangers wrote."""
    rate = {"per_minute": 1.0, "per_hour": 60.0, "peak_per_minute": 2.0, "last_5_minutes": lately}
    return {
        "errors": errors,
        "rate": rate,
        "trend": {"direction": "up", "percent": 100.0, "before": 720},
        "affected_users": users,
        "affected_users_exact": None if users is None else True,
        "other_errors": other,
        "resolution": resolution,
        "top_issues": [{"issue": name, "events": 2, "users": 1} for name in issues],
        "told": [{"type": name, "errors": count} for name, count in types],
    }


def an_answer(*missing: str, **projects: dict[str, Any]) -> dict[str, Any]:
    """`missing` are mapped projects without figures."""
    facts, told = [], []
    for slug, one in projects.items():
        types = one.pop("told")
        facts.append({"project": slug, **one})
        told.append({"project": slug, "types": types, "top_issues": []})
    return {
        "projects": facts,
        "missing": list(missing),
        "untrusted": {"data": {"projects": told}},
    }


class Anything(Parameters):
    period: str
    limit: int
    resolved_limit: int


class Away(ModuleError):
    """Sentry is away."""

    code = "away"


def a_module(*answers: dict[str, Any] | None) -> Module[None]:
    """It gives the answers in their order; None is a failure."""
    left = iter(answers)

    @operation(view=lambda _: Page(()), read_only=True)
    async def get_error_statistics(services: None, params: Anything) -> Answer:
        """Measure errors."""
        data = next(left)
        if data is None:
            raise Away
        return Answer(data=data)

    @asynccontextmanager
    async def nothing(_: ModuleInput) -> AsyncIterator[None]:
        yield None

    return Module(Registry([get_error_statistics]), nothing)
