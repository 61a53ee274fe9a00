"""Jobs, projects and stores as tests need them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from modules.autofix.adapters.job_store import JobStore
from modules.autofix.job import Attempt, Job
from modules.autofix.project import Budget, Limits, Project
from modules.jobs.adapters.run_queue import RunQueue

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def a_job(name: str = "job-1", issue: str = "1", **changes: Any) -> Job:
    plain: dict[str, Any] = {
        "id": name,
        "sentry_issue_id": issue,
        "organization_slug": "acme",
        "project_slug": "shop",
        "project_key": "shop",
        "host": "sentry.example",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Job(**{**plain, **changes})


def an_attempt(number: int = 1, **changes: Any) -> Attempt:
    return Attempt(number=number, started_at=NOW, **changes)


def a_project(**limits: Any) -> Project:
    return Project(key="shop", slug="shop", repository="/srv/shop", limits=Limits(**limits))


@dataclass
class Shelf:
    """Stores of one database, each as another process has it, and their clock."""

    engine: sa.Engine
    now: datetime
    stores: list[JobStore] = field(default_factory=list)

    def store(self, executor: str = "here", **budget: Any) -> JobStore:
        store = JobStore(
            self.engine,
            RunQueue(self.engine),
            budget=Budget(**budget),
            now=lambda: self.now,
            executor=executor,
        )
        self.stores.append(store)
        return store

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def close(self) -> None:
        for store in self.stores:
            store.close()


def runs(shelf: Shelf) -> sa.TableClause:
    """The engine's table of runs."""
    sqlite = shelf.engine.dialect.name == "sqlite"
    return sa.table("workflow_status", schema=None if sqlite else "dbos")
