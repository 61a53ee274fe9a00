"""What a repair is called: branch, commit, notes in Sentry and their hidden markers."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modules.safetext.sinks import for_markdown

from .job import Job, Outcome, Problem

PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,79}")
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}")
MOST_OF_A_TITLE: Final = 256  # what forges take
SHORT_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,63}")
NOTE: Final = re.compile(
    r"<!-- sentry-monitor: job=(\S{1,64}) stage=([a-z-]{1,32}) at=(\S{1,40}) -->"
)
MARKER: Final = re.compile(r"<!-- sentry-monitor: [^<>]{1,300} -->")
STAGES: Final = {  # seed document 000, "Real-time Progress Notes"
    "investigating": "🤖 Investigating",
    "reproduced": "🤖 Reproduced ✅",
    "existing": "🤖 Existing fix found",
    "applying": "🤖 Applying fix and running tests",
    "fixed": "🤖 Fixed ✅",
    "tests-failed": "🤖 Tests failed ⚠️",
    "not-reproduced": "🤖 Unable to reproduce",
    "ended": "🤖 Stopped",
}
ENDINGS: Final = {
    Outcome.FIXED: "fixed",
    Outcome.DRAFT: "tests-failed",
    Outcome.DUPLICATE_PR: "existing",
    Outcome.NOT_REPRODUCED: "not-reproduced",
}


def branch_name(job: Job, problem: Problem) -> str:
    """The identity of the repair: the same for every attempt, worker and machine."""
    short = problem.short_id.upper()
    name = short.lower() if SHORT_ID.fullmatch(short) else f"issue-{_digits(problem.issue_id)}"
    digest = hashlib.sha256(job.issue_key.encode()).hexdigest()[:6]
    return f"sentry-autofix/{name}-{digest}-g{job.generation}"


def _digits(issue_id: str) -> str:
    return re.sub(r"[^0-9a-z]", "", issue_id.lower())[:40] or "x"


def issue_marker(job: Job) -> str:
    """The part of the marker that names the issue and the generation."""
    return f"<!-- sentry-monitor: issue={job.issue_key} generation={job.generation} "


def pull_marker(job: Job) -> str:
    return f"{issue_marker(job)}job={job.id} -->"


def title(job: Job, problem: Problem, path: str | None) -> str:
    """`fix(WEB-1A): ZeroDivisionError in average (src/calc.py)`: checked words only, so that no
    event writes into a title, a commit or a command of a forge."""
    name = problem.short_id if SHORT_ID.fullmatch(problem.short_id) else job.sentry_issue_id
    what = problem.type if PLAIN_NAME.fullmatch(problem.type) else "error"
    last = problem.in_app[-1].function if problem.in_app else ""
    where = f" in {last}" if PLAIN_NAME.fullmatch(last) else ""
    file = f" ({path})" if path and PLAIN_PATH.fullmatch(path) else ""
    told = f"fix({name}): {what}{where}"
    return told + file if len(told + file) <= MOST_OF_A_TITLE else told


def commit_message(job: Job, problem: Problem, path: str | None) -> str:
    name = problem.short_id if SHORT_ID.fullmatch(problem.short_id) else job.sentry_issue_id
    return f"{title(job, problem, path)}\n\nSentry-Issue: {name}\n"


@dataclass(frozen=True)
class NoteMarker:
    """Who wrote a note of ours, at which stage, when (UTC)."""

    job: str
    stage: str
    at: datetime


def note(job: Job, stage: str, at: datetime, told: str = "", *, link: str = "") -> str:
    """A note for people, with a marker for other instances. Nothing in it is secret; a model may
    have written what is told, so that stands in a fence and forges no marker."""
    lines = [STAGES[stage]]
    if told:
        lines.append(for_markdown(told, 500))
    if link:
        lines.append(f"Pull request: {link}")
    lines.append(f"{at:%Y-%m-%d %H:%M} UTC, job {job.id}")
    lines.append(f"<!-- sentry-monitor: job={job.id} stage={stage} at={at.isoformat()} -->")
    return "\n".join(lines)


def read_note_marker(text: str) -> NoteMarker | None:
    found = NOTE.search(text)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found[3])
    except ValueError:
        return None
    return NoteMarker(found[1], found[2], at) if at.tzinfo is not None else None


def comment_key(text: str) -> str:
    """What a comment of ours is found again by: its last marker, the whole of it without one."""
    markers = MARKER.findall(text)
    return markers[-1] if markers else text.strip()


def renewed(text: str, at: datetime) -> str:
    """The same note, of another moment."""
    told = NOTE.search(text)
    if told is None:
        return text
    marker = f"<!-- sentry-monitor: job={told[1]} stage={told[2]} at={at.isoformat()} -->"
    return text[: told.start()] + marker + text[told.end() :]


def ending(outcome: Outcome) -> str:
    """The stage that a note tells the end with."""
    return ENDINGS.get(outcome, "ended")
