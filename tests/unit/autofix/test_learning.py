"""What became of pull requests is counted, and what people said becomes a lesson only by approval."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes.autofix_jobs import a_job, an_attempt
from fakes.repairs import problem
from modules.autofix.ci_rounds import Followed
from modules.autofix.job import Job, Outcome
from modules.autofix.learning import (
    LONGEST,
    TAUGHT,
    Fate,
    Lesson,
    LessonState,
    acceptance,
    fate,
    proposal,
    taught,
    teaches,
)
from modules.autofix.project import Project
from modules.autofix.prompts import prompt
from modules.autofix.review import Remark

NOW = datetime(2026, 11, 26, tzinfo=UTC)
OPEN = Followed(
    job_id="job-1", project_key="shop", number=7, url="https://github.com/acme/shop/pull/7",
    outcome=Outcome.FIXED, opened_at=NOW, pushed_sha="a" * 40, head_sha="a" * 40,
)  # fmt: skip
MERGED, CLOSED = replace(OPEN, state="merged"), replace(OPEN, state="closed")
EDITED = replace(MERGED, head_sha="b" * 40)


@pytest.mark.parametrize(
    ("pull", "expected"),
    [
        (OPEN, Fate.OPEN),
        (MERGED, Fate.MERGED),
        (EDITED, Fate.EDITED),
        (replace(MERGED, pushed_sha=""), Fate.MERGED),
        (CLOSED, Fate.CLOSED),
    ],
)
def test_what_people_did(pull: Followed, expected: Fate) -> None:
    assert fate(pull) is expected


def job(kind: str = "KeyError", agent: str = "claude-code") -> Job:
    attempt = an_attempt(1).model_copy(update={"agent": agent})
    about = problem(type=kind)
    return a_job().model_copy(update={"attempts": (attempt,), "problem": about})


def test_it_is_counted_by_project_agent_and_error_type() -> None:
    kept = [
        *((MERGED, job()), (EDITED, job()), (CLOSED, job()), (OPEN, job())),
        (MERGED, job("ValueError")),
        (CLOSED, job(agent="aider")),
        (CLOSED, job("<script>", agent="")),
    ]

    found = {(one.agent, one.error_type): one for one in acceptance(kept)}

    first = found["claude-code", "KeyError"]
    assert (first.merged, first.edited, first.closed, first.open) == (1, 1, 1, 1)
    assert first.share == pytest.approx(2 / 3)
    assert found["claude-code", "ValueError"].share == 1
    assert found["aider", "KeyError"].share == 0
    assert found["unknown", "other"].closed == 1
    assert acceptance([(OPEN, job())])[0].share is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(OPEN, CLOSED, True), (OPEN, EDITED, True), (OPEN, MERGED, False), (CLOSED, CLOSED, False)],
)
def test_when_something_can_be_learnt(before: Followed, after: Followed, expected: bool) -> None:
    assert teaches(before, after) is expected


def remark(text: str, **more: Any) -> Remark:
    return Remark(text=text, **{"writer": True, **more})


def test_a_lesson_is_what_people_with_write_access_said_last() -> None:
    said = [
        remark("first"),
        remark("anybody at all", writer=False),
        remark("coverage went down", bot=True),
        remark("<!-- sentry-monitor: job=j ci=x -->", mine=True),
        remark("Use the clock of the test\nplease \x1b[31m"),
        remark("and no mocks"),
    ]

    assert proposal(said) == "Use the clock of the test please / and no mocks"
    assert proposal(said[1:4]) == ""
    assert len(proposal([remark("x" * 5000)])) <= LONGEST + 50


def lesson(number: int, state: LessonState = LessonState.APPROVED, key: str = "shop") -> Lesson:
    at = NOW + timedelta(minutes=number)
    return Lesson(
        id=str(number), project_key=key, text=f"lesson {number}", state=state, created_at=at
    )


def test_only_approved_lessons_of_the_project_are_taught() -> None:
    lessons = [
        lesson(1),
        lesson(2, LessonState.PROPOSED),
        lesson(3, LessonState.DROPPED),
        lesson(4, key="api"),
    ]

    assert taught(lessons, "shop") == ("lesson 1",)
    assert taught([lesson(n) for n in range(TAUGHT + 5)], "shop")[0] == "lesson 5"


def test_a_prompt_tells_them_before_the_event() -> None:
    project = Project(key="shop", slug="shop", repository="/srv/shop")

    told = prompt(a_job(), problem(), project, plan=False, lessons=("no mocks",))

    assert "want:\n- no mocks" in told
    assert "\n<untrusted " in told.split("no mocks")[1]
    assert "reviewers" not in prompt(a_job(), problem(), project, plan=False)
