"""A worker with a defect, to show that it would be found."""

from modules.autofix.adapters.sentry_issues import SentryIssues
from modules.autofix.job import Problem
from modules.autofix.ports import Note

from .worker import Order, work


class Forgetful(SentryIssues):
    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        return ()


def forgetful(order: Order) -> None:
    """It does not look whether its note is there."""
    SentryIssues.notes = Forgetful.notes  # type: ignore[assignment, method-assign]
    work(order)
