"""Which commits may have caused an error: evidence of each, weighed, with the reasons in words.

Every number below says how much one kind of evidence is worth beside the others. They are choices,
not measurements of a population: docs/suspected-cause.md tells them, and what they are for.
"""

import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from typing import Final

from .evidence import Evidence, of_change, quoted, wrote
from .history import Cause, ChangedFile, Commit, Deployment, Suspicion
from .places import Spot
from .trail import Place, followed

CALLER: Final = 0.8  # each caller further out is worth that much of the call inside
ORDINARY: Final = 10  # files; a commit of more touches any file by chance
BOT: Final = 0.5
OLDEST: Final = 0.75  # at the beginning of the time that is looked at; 1 at its end
WENT_OUT: Final = 1.25  # with the last deployment before the error
NOT_OUT: Final = 0.4  # made after that deployment
BOTS: Final = re.compile(r"(?i).*\[bot\]|dependabot|renovate(?: bot)?|github-actions")
REVERTED: Final = 0.2  # taken back by a later one
REVERT: Final = 0.5  # what ran before runs again
TAKES_BACK: Final = re.compile(r'Revert "(.+)"')  # how git titles it
REASONS: Final = 3


def correlate(
    spots: Sequence[Spot],
    commits: Sequence[Commit],
    *,
    since: datetime,
    first_seen: datetime,
    deployments: Sequence[Deployment] = (),
    message: str = "",
    source: str = "",
    limit: int = 20,
) -> Cause:
    """The commits that touch a file of the stack, likeliest first, at most `limit`.

    `commits` come newest first, children before their parents, as their diffs move the lines of the
    ones before. The spots' lines are those of the code that ran; `message` is the error's.
    """
    went_out = _last_two(deployments, first_seen)
    names, taken_back = quoted(message), _taken_back(commits)
    suspicions, changed, written = [], dict[str, None](), set[Spot]()
    for commit, touched in followed(spots, commits):
        changed |= dict.fromkeys(place.spot.path for place in touched)
        found = _weighed(commit, touched, names, written)
        written |= {place.spot for place, file in touched.items() if wrote(place, file)}
        if commit.sha in taken_back:
            found = _less(found, REVERTED, "a later commit took it back")
        suspicions.append(_in_time(found, since, first_seen, went_out))
    # The sort is stable, so of equal ones the newest leads.
    ranked = sorted(suspicions, key=lambda one: -one.score)
    return Cause(
        suspicions=tuple(ranked[:limit]),
        deployments=tuple(deployments),
        recently_changed=tuple(sorted(changed)),
        looked_at=sum(len(commit.parents) < 2 for commit in commits),
        source=source,
    )


def _taken_back(commits: Sequence[Commit]) -> frozenset[str]:
    """Of each title that a later commit reverts, the newest commit before it."""
    wanted, found = set[str](), set[str]()
    for commit in commits:
        if commit.title in wanted:
            wanted.remove(commit.title)
            found.add(commit.sha)
        elif told := TAKES_BACK.fullmatch(commit.title):
            wanted.add(told[1])
    return frozenset(found)


def _weighed(
    commit: Commit,
    touched: Mapping[Place, ChangedFile],
    names: frozenset[str],
    written: AbstractSet[Spot],
) -> Suspicion:
    """What the diff says; `written` are the lines that later commits wrote. Two calls of one file are one piece of evidence, as recursion makes
    nothing surer; several files add up, never to more than certainty."""
    best: dict[str, Evidence] = {}
    for place, file in touched.items():
        since = place.spot in written
        piece = _evidence(place, of_change(place, file, names, written_since=since))
        best[place.path] = max(best.get(place.path, piece), piece)
    pieces = sorted(best.values(), reverse=True)
    focus = min(1.0, math.sqrt(ORDINARY / max(1, len(commit.files))))
    score = (1 - math.prod(1 - one.weight for one in pieces)) * focus
    found = Suspicion(
        commit=commit, score=score, reasons=tuple(one.how for one in pieces[:REASONS])
    )
    if focus < 1:
        told = f"changes {len(commit.files)} files, so each of them says little"
        found = _less(found, 1, told)
    if BOTS.fullmatch(commit.author):
        found = _less(found, BOT, "a program made it")
    if TAKES_BACK.fullmatch(commit.title):
        found = _less(found, REVERT, "it takes back an earlier commit")
    return found


def _less(found: Suspicion, factor: float, why: str) -> Suspicion:
    return replace(found, score=found.score * factor, reasons=(*found.reasons, why))


def _evidence(place: Place, found: Evidence) -> Evidence:
    """How much it says where the call is not the one that raised."""
    depth = place.spot.depth
    where = "where it raised" if depth == 0 else _caller(depth)
    return Evidence(found.weight * CALLER**depth, f"{found.how} {place.spot.path}, {where}")


def _caller(depth: int) -> str:
    return "in the call before" if depth == 1 else f"{depth} calls before"


def _last_two(
    deployments: Sequence[Deployment], first_seen: datetime
) -> tuple[Deployment | None, Deployment | None]:
    """The last deployment before the error, and the one before that."""
    before = sorted((one for one in deployments if one.at <= first_seen), key=lambda one: one.at)
    last = before[-1] if before else None
    return last, before[-2] if len(before) > 1 else None


def _in_time(
    found: Suspicion,
    since: datetime,
    first_seen: datetime,
    went_out: tuple[Deployment | None, Deployment | None],
) -> Suspicion:
    """An error appears soon after its cause goes out."""
    whole = max(1.0, (first_seen - since).total_seconds())
    age = (first_seen - found.commit.at).total_seconds()
    factor = 1 - (1 - OLDEST) * min(1.0, max(0.0, age / whole))
    told = list(found.reasons)
    last, one_before = went_out
    if last is not None and found.commit.at > last.at:
        factor *= NOT_OUT
        told.append("made after the last deployment before the error")
    elif last is not None and one_before is not None and found.commit.at > one_before.at:
        factor *= WENT_OUT
        told.append("went out with the last deployment before the error")
    score = round(min(1.0, found.score * factor), 3)
    return replace(found, score=score, reasons=tuple(told))
