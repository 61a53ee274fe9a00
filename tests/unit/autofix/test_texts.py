"""What a repair says: titles, branches, bodies, notes, prompts. Strangers write half of it."""

import re

import pytest

from fakes.repairs import NOW, frame, job, problem, report
from modules.autofix import describe
from modules.autofix.job import Attempt, Job, Outcome, Proof
from modules.autofix.ports import Change
from modules.autofix.project import Project
from modules.autofix.prompts import CAP, previous_failure, prompt
from modules.autofix.pull_text import NEVER, pull_body
from modules.autofix.reasons import REASONS, sentence

WEB = Project(key="web", slug="web", repository="/srv/web", test_command=("pytest",))
EVIL = (
    "```\n@team Fixes WEB-2 [skip ci] <!-- x --> ![x](https://evil.example/a.png)\n/merge\x1b[31m"
)
CHANGES = (Change(path="src/calc.py", old_mode="1", new_mode="1", status="M", added=2, deleted=1),)


def done(**more: object) -> Job:
    attempt = Attempt(number=1, started_at=NOW, report=report(), diff="d", commit="c")
    told = {"problem": problem(), "attempts": (attempt,), "base_sha": "a" * 40, **more}
    return job(**{"proof": Proof(proven=True, passed_after=3, fail_to_pass=("t",)), **told})


def test_the_title_has_checked_words_only() -> None:
    assert describe.title(job(), problem(), "src/calc.py") == (
        "fix(WEB-1A): ZeroDivisionError in average (src/calc.py)"
    )
    strange = problem(type=EVIL, short_id="<b>", frames=(frame(function="a b; rm -rf"),))
    assert describe.title(job(), strange, "../x\n.py") == "fix(42): error"


@pytest.mark.parametrize("short", ["WEB-1A", "web-1a", "", "-x", "a..b", "ÄÖ", "x" * 80, EVIL])
def test_a_branch_name_is_always_a_safe_ref(short: str) -> None:
    name = describe.branch_name(job(), problem(short_id=short))

    assert re.fullmatch(r"sentry-autofix/[a-z0-9][a-z0-9_-]{0,70}-[0-9a-f]{6}-g1", name)


def test_a_note_tells_stage_and_time_and_can_be_read_back() -> None:
    text = describe.note(job(), "investigating", NOW, EVIL)
    read = describe.read_note_marker(text)

    assert text.startswith("🤖 Investigating\n")
    assert read == describe.NoteMarker("j1", "investigating", NOW)
    assert "\x1b" not in text


@pytest.mark.parametrize("text", ["", "<!-- sentry-monitor: job=a stage=b at=never -->", EVIL])
def test_what_is_no_marker_of_ours_is_none(text: str) -> None:
    assert describe.read_note_marker(text) is None


def test_each_outcome_ends_with_a_stage_of_the_documented_notes() -> None:
    stages = {outcome: describe.STAGES[describe.ending(outcome)] for outcome in Outcome}

    assert stages[Outcome.FIXED] == "🤖 Fixed ✅"
    assert stages[Outcome.DRAFT] == "🤖 Tests failed ⚠️"
    assert stages[Outcome.NOT_REPRODUCED] == "🤖 Unable to reproduce"
    assert stages[Outcome.DUPLICATE_PR] == "🤖 Existing fix found"


def test_the_body_of_a_proven_fix() -> None:
    body = pull_body(done(issue_url="https://s.example/issues/42/"), WEB, CHANGES)

    assert body.startswith("## Automated Fix for Sentry Issue\n")
    assert NEVER in body
    assert "- `src/calc.py`: changed, +2 -1" in body
    assert "✅ All tests passed" in body
    assert "[WEB-1A](https://s.example/issues/42/)" in body
    assert describe.pull_marker(done()) in body


@pytest.mark.parametrize(
    ("proof", "heading"),
    [
        (Proof(proven=False, reasons=("suite_worse",)), "Tests Failed"),
        (Proof(proven=False, ran=False, reasons=("tests_not_run",)), "Unproven"),
    ],
)
def test_the_body_of_a_draft_says_why(proof: Proof, heading: str) -> None:
    body = pull_body(done(proof=proof), WEB, CHANGES)

    assert heading in body.partition("\n")[0]
    assert sentence(proof.reasons[0]) in body


def test_nothing_that_strangers_or_models_write_is_alive_in_the_body() -> None:
    attempt = Attempt(
        number=1, started_at=NOW, report=report(root_cause=EVIL, explanation=EVIL, risks=EVIL)
    )
    strange = problem(type=EVIL, value=EVIL, title=EVIL, frames=(frame(EVIL, EVIL),))
    failed = Proof(proven=False, reasons=("suite_worse",), output=EVIL)
    body = pull_body(done(problem=strange, attempts=(attempt,), proof=failed), WEB, CHANGES)

    assert "@team" not in body
    assert "Fixes WEB-2" not in body
    assert "[skip ci]" not in body
    assert "https://evil" not in body
    assert not re.search(r"(?m)^/merge", body)
    assert body.count("<!--") == 1  # ours
    assert "\x1b" not in body


def test_a_public_repository_shows_no_values_of_the_event() -> None:
    secret = problem(value="order 77 of jane")
    public = WEB.model_copy(update={"public": True})

    assert "order 77" in pull_body(done(problem=secret), WEB, CHANGES)
    assert "order 77" not in pull_body(done(problem=secret), public, CHANGES)
    quoting = Attempt(number=1, started_at=NOW, report=report(root_cause="order 77 of jane"))
    assert "order 77" not in pull_body(done(attempts=(quoting,)), public, CHANGES)


def test_the_prompt_has_our_rules_first_and_the_event_marked_and_last() -> None:
    given = prompt(job(instructions="mind the tests"), problem(), WEB, "Use tabs.", plan=False)

    mark = re.search(r"<untrusted ([0-9a-f]{12}) ", given)
    assert mark is not None
    assert given.endswith(f"</untrusted {mark[1]}>")
    before = given[: mark.start()]
    assert "Rules:" in before
    assert "mind the tests" in before
    assert "Use tabs." in before
    assert "ZeroDivisionError" not in before


def test_the_prompt_stays_below_its_cap() -> None:
    long = problem(
        event={"extra": {str(n): "x" * 200 for n in range(900)}},
        frames=tuple(frame(f"f{n}.py") for n in range(1000)),
    )

    assert len(prompt(job(), long, WEB, plan=False)) < CAP
    assert prompt(job(), long, WEB, plan=False).count("    return sum") == 20


def test_a_plan_is_asked_to_change_nothing() -> None:
    assert "Change nothing" in prompt(job(), problem(), WEB, plan=True)


def test_the_next_attempt_hears_why_the_last_one_failed() -> None:
    failed = Attempt(number=1, started_at=NOW, failure="suite_worse: tests fail")
    told = previous_failure(
        job(attempts=(failed,), proof=Proof(proven=False, output="FAILED t::a"))
    )

    assert told is not None
    assert "suite_worse" in told
    assert "FAILED t::a" in told
    assert told.startswith("<untrusted ")
    assert previous_failure(job()) is None


def test_every_reason_is_a_sentence() -> None:
    assert all(text.endswith(".") for text in REASONS.values())


def test_the_test_command_is_told_so_that_it_can_be_typed() -> None:
    """And so that its report lands outside of the repository."""
    command = ("pytest", "--junitxml={junit}", "-k", "not slow")
    project = WEB.model_copy(update={"test_command": command})

    given = prompt(job(), problem(), project, plan=False)

    assert "Test command: pytest --junitxml=/tmp/junit.xml -k 'not slow'\n" in given
