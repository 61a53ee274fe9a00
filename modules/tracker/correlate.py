"""Which commits may have caused an error: evidence of each, weighed, with the reasons in words.

Every number below says how much one kind of evidence is worth beside the others. They are choices,
not measurements of a population: docs/suspected-cause.md tells them, and what they are for.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from .history import Cause, ChangedFile, Commit, Deployment, Range, Suspicion
from .places import Spot

ON_THE_LINE: Final = 1.0  # it wrote the very line
CLOSE: Final = 0.6  # what is right beside the line is worth less,
HALF: Final = 4  # and half as much for each so many lines further: others get there by chance
IN_THE_FILE: Final = 0.15  # it changed the file somewhere
UNKNOWN: Final = 0.4  # it changed the file, and nobody tells where
RENAMED: Final = 0.1
CALLER: Final = 0.8  # each caller further out is worth that much of the call inside
ORDINARY: Final = 10  # files; a commit of more touches any file by chance
BOT: Final = 0.5
OLDEST: Final = 0.75  # at the beginning of the time that is looked at; 1 at its end
WENT_OUT: Final = 1.25  # with the last deployment before the error
NOT_OUT: Final = 0.4  # made after that deployment
BOTS: Final = re.compile(r"(?i).*\[bot\]|dependabot|renovate(?: bot)?|github-actions")
REASONS: Final = 3


@dataclass(frozen=True)
class _Place:
    """Where a spot was just after the commit that is looked at."""

    spot: Spot
    path: str
    line: int


def correlate(
    spots: Sequence[Spot],
    commits: Sequence[Commit],
    *,
    since: datetime,
    first_seen: datetime,
    deployments: Sequence[Deployment] = (),
    source: str = "",
    limit: int = 20,
) -> Cause:
    """The commits that touch a file of the stack, likeliest first, at most `limit`.

    `commits` come newest first, as their diffs move the lines of the ones before. The spots' lines
    are those of the code that ran.
    """
    went_out = _last_two(deployments, first_seen)
    places = [_Place(spot, spot.path, spot.line) for spot in spots]
    suspicions, changed = [], dict[str, None]()
    for commit in commits:
        files = {file.path: file for file in commit.files}
        touched = [place for place in places if place.path in files]
        if touched:
            changed |= dict.fromkeys(place.spot.path for place in touched)
            found = _weighed(commit, touched, files)
            suspicions.append(_in_time(found, since, first_seen, went_out))
        places = [_earlier(place, files.get(place.path)) for place in places]
    # The sort is stable, so of equal ones the newest leads.
    ranked = sorted(suspicions, key=lambda one: -one.score)
    return Cause(
        suspicions=tuple(ranked[:limit]),
        deployments=tuple(deployments),
        recently_changed=tuple(sorted(changed)),
        looked_at=len(commits),
        source=source,
    )


def _weighed(
    commit: Commit, touched: Sequence[_Place], files: Mapping[str, ChangedFile]
) -> Suspicion:
    """What the diff says. Two calls of one file are one piece of evidence, as recursion makes
    nothing surer; several files add up, never to more than certainty."""
    best: dict[str, tuple[float, str]] = {}
    for place in touched:
        piece = _evidence(place, files[place.path])
        best[place.path] = max(best.get(place.path, piece), piece)
    pieces = sorted(best.values(), reverse=True)
    focus = min(1.0, math.sqrt(ORDINARY / max(1, len(commit.files))))
    score = (1 - math.prod(1 - weight for weight, _ in pieces)) * focus
    reasons = [reason for _, reason in pieces[:REASONS]]
    if focus < 1:
        reasons.append(f"changes {len(commit.files)} files, so each of them says little")
    if BOTS.fullmatch(commit.author):
        score *= BOT
        reasons.append("a program made it")
    return Suspicion(commit=commit, score=score, reasons=tuple(reasons))


def _evidence(place: _Place, file: ChangedFile) -> tuple[float, str]:
    """How much a change of its file says about a call, and why."""
    where = "where it raised" if place.spot.depth == 0 else _caller(place.spot.depth)
    weight, how = _nearness(place, file)
    return weight * CALLER**place.spot.depth, f"{how} {place.spot.path}, {where}"


def _caller(depth: int) -> str:
    return "in the call before" if depth == 1 else f"{depth} calls before"


def _nearness(place: _Place, file: ChangedFile) -> tuple[float, str]:
    if not file.ranges and file.previous_path:
        return RENAMED, "renamed"
    if not file.ranges or place.line <= 0:
        return UNKNOWN, "changed"
    away = min(_distance(place.line, one) for one in file.ranges)
    if away == 0:
        return ON_THE_LINE, f"wrote line {place.spot.line} of"
    weight = IN_THE_FILE + CLOSE * 0.5 ** ((away - 1) / HALF)
    lines = "1 line" if away == 1 else f"{away} lines"
    return weight, f"changed {lines} away from line {place.spot.line} of"


def _distance(line: int, changed: Range) -> int:
    """In lines; beside the place where lines were taken away it is 1."""
    first, last = changed
    return max(first - line, line - last, 0)


def _earlier(place: _Place, file: ChangedFile | None) -> _Place:
    """Where it was before a commit."""
    if file is None:
        return place
    return replace(
        place, path=file.previous_path or place.path, line=_line_before(place.line, file)
    )


def _line_before(line: int, file: ChangedFile) -> int:
    shift = 0
    for (first, last), (old_first, old_last) in zip(file.ranges, file.before, strict=False):
        if line < first:
            break
        if line <= last:  # it stood not there, so it is where it would have been
            return max(1, min(old_first + line - first, max(old_first, old_last)))
        shift += (old_last - old_first) - (last - first)
    return line + shift


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
