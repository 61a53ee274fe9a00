"""Where in a repository the calls of a stack are. Event text is only ever compared with names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FRAMES: Final = 20  # of one exception; a RecursionError brings a thousand
LONGEST: Final = 1000
SHORTENED: Final = 130  # characters; a longer line of an event may not be whole
CHANGED: Final = re.compile(r"\{snip\}|\[redacted:|\[Filtered\]|… ")
PSEUDO: Final = re.compile(r"node:|<|[A-Za-z]:/|//")
SCHEME: Final = re.compile(r"(?:webpack|app|file)://+(?:_N_E/)?")  # what bundlers put before a path


@dataclass(frozen=True, kw_only=True)
class Call:
    """A frame of the stack, as the event tells it; `source` is the text of the line."""

    path: str
    line: int = 0
    in_app: bool = True
    function: str = ""
    source: str = ""


@dataclass(frozen=True)
class CodeMapping:
    """What the paths of frames begin with, and what stands there in the repository instead
    (Sentry's "code mapping")."""

    stack_root: str
    source_root: str = ""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A call in a file of the repository. `depth` is 0 for the call that raised, 1 for its caller,
    and so on. `function` and `source` are the event's words, empty where it has none."""

    path: str
    line: int
    depth: int
    function: str = ""
    source: str = ""


def spots_of(
    stacks: Iterable[Sequence[Call]], files: Iterable[str], mappings: Sequence[CodeMapping] = ()
) -> tuple[Spot, ...]:
    """The calls that are in the repository, those nearest to the error first.

    Each stack is one exception's, its outermost call first. Where the application has calls of its
    own, only these count.
    """
    by_name: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_name[file.rpartition("/")[2]].append(file)
    found: dict[tuple[str, int], Spot] = {}
    for calls in stacks:
        own = [call for call in calls if call.in_app] or list(calls)
        for depth, call in enumerate(reversed(own[-FRAMES:])):
            path = place(call.path, by_name, mappings)
            if path is None:
                continue
            known = found.get((path, call.line))
            if known is None or depth < known.depth:
                found[path, call.line] = Spot(
                    path=path,
                    line=call.line,
                    depth=depth,
                    function=call.function[:LONGEST],
                    source=_whole(call.source),
                )
    return tuple(sorted(found.values(), key=lambda spot: spot.depth))


def _whole(source: str) -> str:
    """Nothing of a line that is not as in the file: long ones were shortened, secrets taken out."""
    plain = source.strip()
    return plain if len(plain) <= SHORTENED and not CHANGED.search(plain) else ""


def place(
    path: str, by_name: Mapping[str, Sequence[str]], mappings: Sequence[CodeMapping] = ()
) -> str | None:
    """The file that a frame's path means: the one that a mapping names, else the one that has the
    longest end in common with it. None where none or several fit."""
    plain = SCHEME.sub("", path[:LONGEST].replace("\\", "/"))
    if PSEUDO.match(plain):
        return None
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    near = by_name.get(parts[-1], ())
    mapped = _mapped(plain, mappings)
    return mapped if mapped in near else _longest_end(parts, near)


def _mapped(path: str, mappings: Sequence[CodeMapping]) -> str | None:
    """As Sentry does it: the longest root that fits is replaced."""
    for one in sorted(mappings, key=lambda mapping: -len(mapping.stack_root)):
        if path.startswith(one.stack_root):
            return one.source_root + path.removeprefix(one.stack_root)
    return None


def _longest_end(parts: Sequence[str], near: Iterable[str]) -> str | None:
    """`cart.py` alone is in too many places: an end counts if it is the whole of one of the two
    paths, or has a folder in it."""
    lengths: dict[int, list[str]] = defaultdict(list)
    for file in near:
        others = file.split("/")
        common = _common_end(parts, others)
        if common >= min(2, len(parts), len(others)):
            lengths[common].append(file)
    best = lengths[max(lengths)] if lengths else []
    return best[0] if len(best) == 1 else None


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count
