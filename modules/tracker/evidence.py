"""What the change of a file says about one call of a stack. No I/O.

Every number says how much one kind of evidence is worth beside the others. They are choices, not
measurements of a population: docs/suspected-cause.md tells them, and what they are for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .history import ChangedFile, Hunk
from .trail import Place

ON_THE_LINE: Final = 1.0  # it wrote the very line
CLOSE: Final = 0.6  # what is right beside the line is worth less,
HALF: Final = 4  # and half as much for each so many lines further: others get there by chance
IN_THE_FILE: Final = 0.15  # it changed the file somewhere
IN_THE_FUNCTION: Final = 0.3  # that the frame names
# What is wrong raises itself, if it can: new lines mostly, changed ones often, those that are gone
# never. So of what stands beside the line that raised, the last are suspected most.
ONLY_ADDED: Final = 0.5
ONLY_TAKEN: Final = 1.4
OTHER_FUNCTION: Final = 0.6  # of what nearness alone would be worth
UNKNOWN: Final = 0.4  # it changed the file, and nobody tells where
RENAMED: Final = 0.1
NAMED: Final = 0.3  # of what is missing to certainty: it changes a name that the message quotes
TELLING: Final = 10  # characters; a shorter line stands in many places
AROUND: Final = 40  # lines; the same text further away is another line
HEAD: Final = re.compile(r"\b(?:def|function|func|fn|fun|sub)\s+(?:\([^)]*\)\s*)?(\w+)")
LAYOUT: Final = re.compile(r"(?m)\s+|,(?=\s*[)\]}])|;(?=\s*$)")
HASH: Final = frozenset({"py", "rb", "sh", "ex", "exs", "pl"})
SLASH: Final = frozenset(
    {"js", "jsx", "ts", "tsx", "mjs", "java", "kt", "go", "c", "cc", "cpp", "h", "cs", "rs"}
    | {"php", "swift", "scala", "dart", "m"}
)


@dataclass(frozen=True, order=True)
class Evidence:
    """`weight` goes from 0 to 1; `how` completes a sentence about the commit."""

    weight: float
    how: str


def of_change(
    place: Place,
    file: ChangedFile,
    names: frozenset[str] = frozenset(),
    *,
    written_since: bool = False,
) -> Evidence:
    """`names` are the ones that the error's message quotes; `written_since` tells that a later
    commit wrote the line as it is now."""
    if not file.hunks and file.previous_path:
        return Evidence(RENAMED, "renamed")
    if not file.hunks or place.line <= 0:
        return Evidence(UNKNOWN, "changed")
    material = [hunk for hunk in file.hunks if not only_layout(hunk, file.path)]
    if not material:
        return Evidence(RENAMED, "changed the comments or the layout of")
    found = max(_of_hunk(place, hunk, written_since=written_since) for hunk in material)
    if any(names & _words(hunk) for hunk in material):
        weight = found.weight + (1 - found.weight) * NAMED
        return Evidence(weight, f"changed a name that the message quotes, and {found.how}")
    return found


def wrote(place: Place, file: ChangedFile) -> bool:
    """Whether the line as it is now came with this change."""
    near = (hunk for hunk in file.hunks if _distance(place.line, hunk) <= AROUND)
    return any(_wrote(place.spot.source, hunk) for hunk in near)


def only_layout(hunk: Hunk, path: str) -> bool:
    """Whether it says the same as before: comments, blank lines, quotes, line breaks."""
    if not hunk.text:
        return False
    return _said(hunk.added, path) == _said(hunk.removed, path)


def _said(lines: Sequence[str], path: str) -> str:
    code = "\n".join(line for line in lines if not _comment(line, path))
    return LAYOUT.sub("", code).replace("'", '"')


def _comment(line: str, path: str) -> bool:
    kind = path.rpartition(".")[2]
    if kind in HASH:
        return line.startswith("#") and not line.startswith("#!")
    return kind in SLASH and line.startswith(("//", "/*", "* ", "*/"))


def _of_hunk(place: Place, hunk: Hunk, *, written_since: bool) -> Evidence:
    spot = place.spot
    away = _distance(place.line, hunk)
    if away <= AROUND and _wrote(spot.source, hunk):
        return Evidence(ON_THE_LINE, f"wrote line {spot.line} of")
    if away == 0 and written_since and _is_other_text(spot.source, hunk):
        return Evidence(IN_THE_FILE + CLOSE, f"wrote an earlier text of line {spot.line} of")
    if away == 0:
        return Evidence(ON_THE_LINE, f"wrote line {spot.line} of")
    inside = _in_function(spot.function, hunk)
    near = CLOSE * 0.5 ** ((away - 1) / HALF)
    if inside is False:
        near *= OTHER_FUNCTION
    else:
        near *= _kind(hunk)
    lines = "1 line" if away == 1 else f"{away} lines"
    weight = max(IN_THE_FUNCTION if inside else 0.0, IN_THE_FILE + near)
    return Evidence(weight, f"changed {lines} away from line {spot.line} of")


def _distance(line: int, hunk: Hunk) -> int:
    """In lines; beside the place where lines were taken away it is 1."""
    first, last = hunk.after
    return max(first - line, line - last, 0)


def _wrote(source: str, hunk: Hunk) -> bool:
    """The line as it is now: then it need not be where it was looked for. Moved is not written."""
    return len(source) >= TELLING and source in hunk.added and source not in hunk.removed


def _is_other_text(source: str, hunk: Hunk) -> bool:
    """Somebody wrote it anew since, so what is there now is not its."""
    return bool(source and hunk.added) and source not in hunk.added


def _kind(hunk: Hunk) -> float:
    taken, added = (last >= first for first, last in (hunk.before, hunk.after))
    return 1.0 if taken and added else ONLY_TAKEN if taken else ONLY_ADDED


def _in_function(function: str, hunk: Hunk) -> bool | None:
    """None where nobody can tell: git names what is before the lines, and of a method perhaps its
    class."""
    name = function.rpartition(".")[2].rpartition(":")[2]
    if not name.isidentifier():
        return None
    heads = set(HEAD.findall("\n".join((hunk.inside, hunk.text))))
    if name in heads:
        return True
    return False if heads else None


def _words(hunk: Hunk) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", hunk.text))


def quoted(message: str) -> frozenset[str]:
    """The names that a message quotes: 'tax' of KeyError: 'tax'."""
    found = re.findall(r"[\"'`]([A-Za-z_]\w{2,60})[\"'`]", message[:1000])
    return frozenset(found[:10])
