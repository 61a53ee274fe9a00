"""Reasons not to begin a repair."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.repairs import NOW, frame, job, problem
from modules.autofix.describe import branch_name, issue_marker, note, pull_marker, renewed
from modules.autofix.job import Outcome
from modules.autofix.ports import Note, PullRequest
from modules.autofix.project import Filters, Project
from modules.autofix.screening import (
    frames_missing,
    in_progress_elsewhere,
    like,
    marked,
    place,
    similarity,
    unfit,
)

WEB = Project(key="web", slug="web", repository="/srv/web")
FILES = ("src/app.py", "src/calc.py", "lib/calc.py", "api/src/views.py", "README.md")
CODE = {
    "src/app.py": "def main():\n    average([])\n",
    "src/calc.py": "def average(xs):\n    return sum(xs) / len(xs)\n",
}


def pull(number: int = 1, **more: object) -> PullRequest:
    told = {"title": "t", "body": "", "head": f"b{number}", "base": "main", **more}
    return PullRequest(number=number, url=f"local://{number}", **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"status": "resolved"}, "not_unresolved"),
        ({"status": "ignored"}, "not_unresolved"),
        ({"category": "performance"}, "not_an_error"),
        ({"level": "warning"}, "below_threshold"),
        ({"level": "warning", "events_last_day": 9}, "below_threshold"),
        ({"level": "warning", "events_last_day": 10}, None),
        ({"level": "warning", "priority": "high"}, None),
        ({"level": "fatal"}, None),
        ({"frames": ()}, "no_in_app_frames"),
        ({"frames": (frame(in_app=False),)}, "no_in_app_frames"),
    ],
)
def test_what_is_worth_a_repair(change: dict[str, object], reason: str | None) -> None:
    refusal = unfit(problem(**change), Filters())

    assert (refusal[1] if refusal else None) == reason
    assert refusal is None or refusal[0] is Outcome.DECLINED


def test_filters_can_be_switched_off_one_by_one() -> None:
    only_priority = Filters(events_24h=None, levels=(), priorities=("high",))

    assert unfit(problem(events_last_day=10**6), only_priority) is not None
    assert unfit(problem(priority="high"), only_priority) is None


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("src/calc.py", "src/calc.py"),
        ("/app/src/calc.py", "src/calc.py"),
        ("./src/calc.py", "src/calc.py"),
        ("C:\\app\\src\\calc.py", None),
        ("app.py", "src/app.py"),
        ("calc.py", None),  # two of that name
        ("views.py", "api/src/views.py"),
        ("../../etc/passwd", None),
        ("src/../../calc.py", None),
        ("webpack:///src/app.py", None),
        ("<anonymous>", None),
        ("node:internal/modules", None),
        ("", None),
        ("nothing.py", None),
    ],
)
def test_where_a_frame_is_in_the_repository(path: str, found: str | None) -> None:
    assert place(frame(path), FILES, WEB) == found


def test_a_prefix_of_the_container_is_taken_off() -> None:
    project = WEB.model_copy(update={"path_prefixes": ("webpack:///",)})

    assert place(frame("webpack:///src/app.py"), FILES, project) == "src/app.py"


def test_a_project_in_a_folder_owns_only_its_folder() -> None:
    project = WEB.model_copy(update={"folder": "lib"})

    assert place(frame("src/app.py"), FILES, project) is None
    assert place(frame("calc.py"), FILES, project) == "lib/calc.py"


def _missing(*frames: object) -> str:
    places = {one: place(one, FILES, WEB) for one in frames}  # type: ignore[arg-type]
    return frames_missing(frames, places, CODE.get)  # type: ignore[arg-type]


def test_a_stack_of_this_code_is_known() -> None:
    assert _missing(*problem().frames) == ""


@pytest.mark.parametrize(
    "last",
    [
        frame("src/forged.py"),
        frame(function="steal"),
        frame(context="os.system('curl evil')"),
    ],
)
def test_a_crash_that_is_not_of_this_code_is_forged_or_old(last: object) -> None:
    assert "raised the error" in _missing(problem().frames[0], last)


@pytest.mark.parametrize("kept", ["return sum(xs) / [redacted:email]", "return sum(xs)…"])
def test_a_line_that_was_cut_or_redacted_is_compared_as_far_as_it_goes(kept: str) -> None:
    assert _missing(problem().frames[0], frame(context=kept)) == ""


def test_half_of_the_frames_must_exist() -> None:
    strange = [frame(f"gone/{n}.py", "f") for n in range(3)]

    assert "1 of 4" in _missing(*strange, frame())
    assert _missing(strange[0], frame()) == ""


def test_a_title_restated_is_similar_and_an_ordinary_word_is_not() -> None:
    chatter = [
        pull(n, title=("Bump", "Fix", "Add")[n % 3] + " error handling of zero")
        for n in range(2, 60)
    ]
    same = pull(1, title="Fix ZeroDivisionError: division by zero in average")
    other = pull(1, title="Cannot read property of undefined")
    title = "ZeroDivisionError ZeroDivisionError: division by zero average"

    assert similarity(title, same, [same, *chatter]) >= 0.6
    assert similarity(title, other, [other, *chatter]) < 0.2
    assert similarity(title, chatter[0], [same, *chatter]) < 0.6


def test_a_similar_pull_request_stops_only_where_it_changes_the_same_file() -> None:
    title = "Fix ZeroDivisionError: division by zero in average"
    same, elsewhere = pull(title=title, files=("src/calc.py",)), pull(title=title, files=("a.py",))

    assert like(problem(), ["src/calc.py"], [same]) == (same, ())
    stops, mentions = like(problem(), ["src/calc.py"], [elsewhere])
    assert (stops, [one.number for one, _ in mentions]) == (None, [1])


def test_a_marker_counts_only_from_inside_the_repository() -> None:
    own = job(branch_name="sentry-autofix/web-1a-x-g1")
    ours = pull(body=pull_marker(own))
    fork = pull(body=pull_marker(own), ours=False)

    assert marked(own, [ours], issue_marker(own)) == ours
    assert marked(own, [fork], issue_marker(own)) is None
    other = job(sentry_issue_id="421")
    assert marked(other, [ours], issue_marker(other)) is None


def test_the_generation_is_part_of_the_identity() -> None:
    assert branch_name(job(), problem()) != branch_name(job(generation=2), problem())
    assert branch_name(job(host="b.example"), problem()) != branch_name(job(), problem())


def _note(stage: str, minutes: float, *, mine: bool = True, by: str = "other") -> Note:
    text = note(job(id=by), stage, NOW - timedelta(minutes=minutes))
    return Note(id="1", text=text, mine=mine, age_s=minutes * 60)


@pytest.mark.parametrize(
    ("notes", "elsewhere", "stale"),
    [
        ([], "", False),
        ([_note("investigating", 5)], "other", False),
        ([_note("applying", 29)], "other", False),
        ([_note("investigating", 31)], "", True),
        ([_note("investigating", 5, mine=False)], "", False),
        ([_note("investigating", 5, by="j1")], "", False),
        ([_note("fixed", 1), _note("investigating", 5)], "", False),
        ([Note(id="1", text="🤖 Investigating", mine=True, age_s=1)], "", False),
    ],
)
def test_a_fresh_note_of_another_instance_stops_us(
    notes: list[Note], elsewhere: str, stale: bool
) -> None:
    assert in_progress_elsewhere(job(), notes, NOW) == (elsewhere, stale)


def test_a_note_that_was_renewed_is_as_old_as_its_renewal() -> None:
    old = _note("applying", 50)
    fresh = replace(old, text=renewed(old.text, NOW - timedelta(minutes=5)))
    ahead = replace(old, text=renewed(old.text, NOW + timedelta(days=1)))

    assert in_progress_elsewhere(job(), [old], NOW) == ("", True)
    assert in_progress_elsewhere(job(), [fresh], NOW) == ("other", False)
    assert in_progress_elsewhere(job(), [ahead], NOW) == ("", True)  # a clock that lies
