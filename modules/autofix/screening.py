"""Before money is spent: is it worth a repair, do its frames exist here, is there a fix already?"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from .describe import read_note_marker
from .job import CodeFrame, Job, Outcome, Problem
from .ports import Note, PullRequest
from .project import Filters, Project

AT_WORK: Final = ("investigating", "applying")
AHEAD: Final = timedelta(minutes=5)  # that another instance's clock may be
IN_PROGRESS: Final = timedelta(minutes=30)  # seed document 000: a note younger than this is fresh
SIMILAR: Final = 0.6
WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
CUT: Final = re.compile(r"\[redacted:|…")  # what is kept of a line ends there, code does not
PSEUDO: Final = re.compile(r"webpack://|node:|<|[A-Za-z]:[\\/]|\\\\")
Refusal = tuple[Outcome, str, str]  # outcome, reason, what to tell


def never_to_be_fixed(job: Job, others: Iterable[Job]) -> bool:
    """Whether a person decided so for this issue and generation."""
    ours = (one for one in others if one.generation == job.generation)
    return any(one.outcome is Outcome.WONT_FIX for one in ours)


def unfit(problem: Problem, filters: Filters) -> Refusal | None:
    """Why this issue is none to repair, by what Sentry says about it."""
    if problem.status and problem.status not in ("unresolved", "reprocessing"):
        told = f"The issue is {problem.status} in Sentry; reopen it there first."
        return Outcome.DECLINED, "not_unresolved", told
    if problem.category not in ("", "error"):
        told = "Only error issues are repaired; this one is of another category."
        return Outcome.DECLINED, "not_an_error", told
    if not worth(problem, filters):
        told = (
            "Too rare and too mild for this project's filters (events in 24 h, level, priority): "
            "ask for it with instructions, or change the filters."
        )
        return Outcome.DECLINED, "below_threshold", told
    if not problem.in_app:
        told = "No frame of the stack is the application's own: there is nothing to change here."
        return Outcome.DECLINED, "no_in_app_frames", told
    return None


def worth(problem: Problem, filters: Filters) -> bool:
    events = problem.events_last_day or 0
    return filters.admit(events=events, level=problem.level, priority=problem.priority)


# ------------------------------------------------------------------------------------- frames


def place(frame: CodeFrame, files: Iterable[str], project: Project) -> str | None:
    """The file of the repository that a frame means: the longest end of its path that fits
    exactly one file. Event text is only ever compared with names, never opened."""
    path = frame.path
    for prefix in project.path_prefixes:
        path = path.removeprefix(prefix)
    if PSEUDO.match(path):
        return None
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    root = f"{project.folder}/" if project.folder else ""
    here = [file for file in files if file.startswith(root) and file.endswith(parts[-1])]
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        fits = [file for file in here if file == root + tail or file.endswith(f"/{tail}")]
        if len(fits) == 1:
            return fits[0]
        if root + tail in fits:
            return root + tail
    return None


def is_there(frame: CodeFrame, text: str | None) -> bool:
    """Whether a file has the frame's function and its line of code. Line numbers may move."""
    if text is None:
        return False
    names = NAME.findall(frame.function.rpartition(".")[2])
    named = "<" in frame.function or not names or names[-1] in text
    context = CUT.split(frame.context, maxsplit=1)[0].strip()
    return named and (not context or context in text)


def frames_missing(
    frames: Sequence[CodeFrame],
    places: Mapping[CodeFrame, str | None],
    read: Callable[[str], str | None],
) -> str:
    """Why the stack is not of this code (drift, or a forged event); empty when it is.

    The frame that raised and at least half of the others must exist.
    """
    there = [
        bool(spot := places.get(frame)) and is_there(frame, read(spot or "")) for frame in frames
    ]
    if not there[-1]:
        return "The frame that raised the error does not exist in this repository."
    if sum(there) * 2 < len(there):
        return f"Only {sum(there)} of {len(there)} frames exist in this repository."
    return ""


# ------------------------------------------------------------------------------- pull requests


def words_of(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in WORD.findall(text))


def similarity(title: str, pull: PullRequest, corpus: Sequence[PullRequest]) -> float:
    """The share of the title's words that a pull request has, each weighted by how rare it is
    among all of them: `undefined` in every second title weighs little."""
    texts = [words_of(f"{one.title} {one.body}") for one in corpus]
    own = words_of(f"{pull.title} {pull.body}")
    wanted = words_of(title)
    weights = {
        word: math.log((len(texts) + 1) / (sum(word in text for text in texts) + 0.5))
        for word in wanted
    }
    whole = sum(weights.values())
    return sum(weights[word] for word in wanted & own) / whole if whole > 0 else 0.0


def worth_a_look(problem: Problem, pulls: Sequence[PullRequest]) -> list[PullRequest]:
    """Those whose files decide whether they fix this already; the most alike first."""
    scored = [(likeness(problem, pull, pulls), pull) for pull in pulls]
    named = [one for one in scored if one[0] >= SIMILAR or problem.type in one[1].title]
    return [pull for _, pull in sorted(named, key=lambda one: -one[0])]


def likeness(problem: Problem, pull: PullRequest, corpus: Sequence[PullRequest]) -> float:
    return similarity(f"{problem.type} {problem.title} {problem.culprit}", pull, corpus)


def like(
    problem: Problem, files: Iterable[str], pulls: Sequence[PullRequest]
) -> tuple[PullRequest | None, tuple[tuple[PullRequest, float], ...]]:
    """The pull request that seems to fix this already, and those only worth a mention.

    It stops us only when its words fit and it changes a file of the stack, or of our fix.
    """
    wanted, scored = set(files), []
    for pull in pulls:
        score = likeness(problem, pull, pulls)
        if score >= SIMILAR and wanted & set(pull.files):
            return pull, ()
        if score >= SIMILAR or (wanted & set(pull.files) and problem.type in pull.title):
            scored.append((pull, round(score, 2)))
    return None, tuple(scored[:3])


def marked(job: Job, pulls: Sequence[PullRequest], marker: str) -> PullRequest | None:
    """A pull request that carries our marker for this issue. One from a fork does not count, or
    anybody could keep an error from being fixed."""
    own = (pull for pull in pulls if pull.ours and marker in pull.body)
    return next((pull for pull in own if pull.head != job.branch_name), None)


# -------------------------------------------------------------------------------------- notes


def in_progress_elsewhere(
    job: Job, notes: Sequence[Note], now: datetime, *, over: Collection[str] = ()
) -> tuple[str, bool]:
    """Who works on it: (the job's id or empty, whether a stale one was taken over).

    Only notes of our own user count; theirs could be anybody's. `over` are jobs that are known to
    have ended: one that was cancelled tells no end in Sentry.
    """
    stale = False
    for note in notes:
        told = read_note_marker(note.text) if note.mine else None
        if told is None or told.job == job.id or told.stage not in AT_WORK:
            continue
        if told.job in over or any(_later(other, told.job) for other in notes):
            continue
        if _age(note, told.at, now) < IN_PROGRESS:
            return told.job, stale
        stale = True
    return "", stale


def _age(note: Note, told: datetime, now: datetime) -> timedelta:
    """By the server's clock, or by the moment that the note was renewed, whichever is later; a
    moment to come is nobody's."""
    by_marker = now - told
    if note.age_s is None:
        return by_marker
    by_server = timedelta(seconds=note.age_s)
    return by_server if by_marker < -AHEAD else min(by_server, by_marker)


def _later(note: Note, job: str) -> bool:
    """Whether that job has told its end."""
    told = read_note_marker(note.text) if note.mine else None
    ended = ("fixed", "tests-failed", "existing", "not-reproduced", "ended")
    return told is not None and told.job == job and told.stage in ended
