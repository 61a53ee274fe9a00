"""Where the lines of a stack were as each commit left them. No I/O.

A diff moves the lines below it, and a rename the whole file, so a line is followed back through
every commit that came after, or beside: what a parallel branch put above it was not there yet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .history import ChangedFile, Commit
from .places import Spot


@dataclass(frozen=True)
class Place:
    """Where a spot was just after a commit."""

    spot: Spot
    path: str
    line: int


def followed(
    spots: Sequence[Spot], commits: Sequence[Commit]
) -> Iterator[tuple[Commit, Mapping[Place, ChangedFile]]]:
    """Each commit that changes a file of the stack, with the places that are in its files.

    `commits` come newest first, children before their parents.
    """
    start = tuple(Place(spot, spot.path, spot.line) for spot in spots)
    ancestors = _ancestors(commits)
    files = _files({spot.path for spot in spots}, commits)
    touching = [commit for commit in commits if commit.sha in files]
    known, places = list[Commit](), start
    for commit in touching:
        older = ancestors[commit.sha]
        later = [one for one in touching if one is not commit and one.sha not in older]
        # In a straight line all but the last were undone already.
        done = len(known) if later[: len(known)] == known else 0
        places = _undone(places if done else start, [files[one.sha] for one in later[done:]])
        known, mine = later, files[commit.sha]
        yield commit, {place: mine[place.path] for place in places if place.path in mine}


def _ancestors(commits: Sequence[Commit]) -> Mapping[str, frozenset[str]]:
    """Of each commit, as far as they are known."""
    found: dict[str, frozenset[str]] = {}
    older = ""
    for commit in reversed(commits):
        parents = commit.parents or ((older,) if older else ())
        known = [found[one] for one in parents if one in found]
        found[commit.sha] = frozenset(parents).union(*known)
        older = commit.sha
    return found


def _files(paths: set[str], commits: Iterable[Commit]) -> dict[str, Mapping[str, ChangedFile]]:
    """What each commit changes of the stack's files, under whatever name they had."""
    names, found = set(paths), dict[str, Mapping[str, ChangedFile]]()
    for commit in commits:
        mine = {file.path: file for file in commit.files if file.path in names}
        names |= {file.previous_path for file in mine.values() if file.previous_path}
        found |= {commit.sha: mine} if mine else {}
    return found


def _undone(
    places: tuple[Place, ...], changes: Iterable[Mapping[str, ChangedFile]]
) -> tuple[Place, ...]:
    for files in changes:
        places = tuple(_before(place, files.get(place.path)) for place in places)
    return places


def _before(place: Place, file: ChangedFile | None) -> Place:
    if file is None:
        return place
    path = file.previous_path or place.path
    return replace(place, path=path, line=_line_before(place.line, file))


def _line_before(line: int, file: ChangedFile) -> int:
    shift = 0
    for hunk in file.hunks:
        (first, last), (old_first, old_last) = hunk.after, hunk.before
        if line < first:
            break
        if line <= last:  # it stood not there, so it is where it would have been
            return max(1, min(old_first + line - first, max(old_first, old_last)))
        shift += (old_last - old_first) - (last - first)
    return line + shift
