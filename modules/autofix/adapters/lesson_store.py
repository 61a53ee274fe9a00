"""Where lessons are kept: beside the jobs."""

import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from modules.autofix.errors import NoSuchLesson
from modules.autofix.learning import Lesson, LessonState
from modules.autofix.ports import Clock
from modules.jobs.adapters.database import insert_into

from .job_store import JobStore
from .tables import LESSONS, plain


class LessonStore:
    """Implements Lessons (following.py). Every method raises DatabaseAway."""

    def __init__(self, store: JobStore, *, now: Clock) -> None:
        self._store, self._now = store, now

    async def propose(self, project_key: str, text: str, source: str) -> None:
        """Once for each source."""
        await self._add(project_key, text, source, LessonState.PROPOSED)

    async def teach(self, project_key: str, text: str) -> Lesson:
        """By the operator, hence approved."""
        return await self._add(project_key, text, f"operator:{_id()}", LessonState.APPROVED)

    async def all(self) -> tuple[Lesson, ...]:
        """Newest first."""
        rows = sa.select(LESSONS).order_by(LESSONS.c.created_at.desc())
        return await self._store.within(lambda conn: tuple(map(_read, conn.execute(rows))))

    async def decide(self, lesson_id: str, state: LessonState) -> Lesson:
        """Raises NoSuchLesson."""
        change = (
            sa.update(LESSONS)
            .where(LESSONS.c.id == lesson_id)
            .values(state=state.value)
            .returning(LESSONS)
        )
        row = await self._store.within(lambda conn: conn.execute(change).one_or_none())
        if row is None:
            raise NoSuchLesson
        return _read(row)

    async def _add(self, project_key: str, text: str, source: str, state: LessonState) -> Lesson:
        lesson = Lesson(
            id=_id(),
            project_key=project_key,
            text=plain(text),
            source=source,
            state=state,
            created_at=self._now(),
        )
        values = {
            **vars(lesson),
            "state": state.value,
            "created_at": lesson.created_at.timestamp(),
        }

        def work(conn: sa.Connection) -> None:
            row = insert_into(conn, LESSONS).values(**values)
            conn.execute(row.on_conflict_do_nothing(index_elements=["source"]))

        await self._store.within(work)
        return lesson


def _id() -> str:
    return secrets.token_hex(4)


def _read(row: Any) -> Lesson:
    return Lesson(
        id=row.id,
        project_key=row.project_key,
        text=row.text,
        source="" if row.source.startswith("operator:") else row.source,
        state=LessonState(row.state),
        created_at=datetime.fromtimestamp(row.created_at, UTC),
    )
