"""What an agent of the command protocol answered: all of it is checked before any of it is used."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from modules.autofix.job import Report
from modules.safetext.paths import relative
from modules.safetext.sinks import for_line

PROTOCOL: Final = 1
FILES: Final = 40
BYTES: Final = 400_000
MOST: Final = 1e9  # dollars or turns: beyond it a figure is nonsense
FIELDS: Final = frozenset(("protocol", "report", "files", "usage", "error"))
SNIPPETS: Final = frozenset(("patch", "diff", "edits"))
PARTED: Final = ("usage_limit", "auth")
PATCH: Final = re.compile(
    r"\s*(?:diff --git |Index: |\*\*\* Begin Patch|@@ -\d+|<<<<<<< ?SEARCH|--- [^\n]+\n\+\+\+ )"
)


class BadAnswer(ValueError):
    """An answer that breaks the protocol; the message says where, in our words."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A whole file, or None where it is deleted."""

    path: str
    content: bytes | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`error` is empty, usage_limit or auth, and then there is no report. `edits` are None where
    the agent edited in place."""

    report: Report | None
    edits: tuple[Edit, ...] | None
    usd: float
    turns: int
    error: str = ""
    until: datetime | None = None


def read(said: bytes, *, usd: float, turns: int) -> Answer:
    """The answer, and nothing else on stdout. `usd` and `turns` are the caps: what it used counts
    as much where it does not say so in sensible figures. Raises BadAnswer."""
    try:
        data = json.loads(said)
    except (ValueError, RecursionError):
        raise BadAnswer("stdout is not one JSON object") from None
    if not isinstance(data, dict):
        raise BadAnswer("stdout is not one JSON object")
    version = data.get("protocol")
    if version != PROTOCOL or isinstance(version, bool):
        raise BadAnswer("`protocol` is not 1")
    _no_snippet(data)
    if unknown := sorted(data.keys() - FIELDS):
        raise BadAnswer(f"unknown field {for_line(unknown[0], 60)}")
    if data.get("error") is not None:
        return _refused(data["error"], data.get("usage"), usd, turns)
    return Answer(
        report=_report(data.get("report")),
        edits=_edits(data["files"]) if data.get("files") is not None else None,
        usd=_figure(data.get("usage"), "usd", usd),
        turns=int(_figure(data.get("usage"), "turns", turns)),
    )


def _no_snippet(data: Mapping[str, object]) -> None:
    if found := sorted(data.keys() & SNIPPETS):
        raise BadAnswer(f"`{found[0]}`: whole files are taken, patches are not")


def _refused(error: object, usage: object, usd: float, turns: int) -> Answer:
    """It could not work at all; where it says nothing of its costs there were none."""
    kind = error.get("kind") if isinstance(error, dict) else None
    if kind not in PARTED or not isinstance(error, dict):
        raise BadAnswer("`error.kind` is neither usage_limit nor auth")
    spent = usage is not None
    return Answer(
        report=None,
        edits=None,
        usd=_figure(usage, "usd", usd) if spent else 0.0,
        turns=int(_figure(usage, "turns", turns)) if spent else 0,
        error=kind,
        until=_moment(error.get("until")),
    )


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        if moment is None:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _figure(usage: object, name: str, cap: float) -> float:
    figure = usage.get(name) if isinstance(usage, dict) else None
    # NaN fails the comparison, and a whole number of 400 digits does not break it.
    if isinstance(figure, int | float) and not isinstance(figure, bool) and 0 <= figure <= MOST:
        return float(figure)
    return cap


def _report(data: object) -> Report:
    if not isinstance(data, dict):
        raise BadAnswer("`report` is missing")
    try:
        return Report.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BadAnswer(f"`report.{for_line(where, 60)}`: {for_line(first['msg'])}") from None


def _edits(data: object) -> tuple[Edit, ...]:
    if not isinstance(data, list):
        raise BadAnswer("`files` is no list")
    if len(data) > FILES:
        raise BadAnswer(f"`files` has {len(data)} entries, {FILES} at most are taken")
    edits = tuple(_edit(entry, at) for at, entry in enumerate(data))
    size = sum(len(edit.content or b"") for edit in edits)
    if size > BYTES:
        raise BadAnswer(f"`files` hold {size} bytes, {BYTES} at most are taken")
    _apart([edit.path for edit in edits])
    return edits


def _edit(entry: Any, at: int) -> Edit:
    where = f"`files.{at}`"
    if not isinstance(entry, dict):
        raise BadAnswer(f"{where} is no object")
    _no_snippet(entry)
    if entry.keys() != {"path", "content"}:
        raise BadAnswer(f"{where} has other fields than path and content")
    path, content = entry["path"], entry["content"]
    try:
        safe = relative(path) if isinstance(path, str) else ""
        body = content.encode() if isinstance(content, str) else None
    except ValueError:
        raise BadAnswer(f"{where} has an unsafe path or text that is no UTF-8") from None
    if not safe or not (content is None or isinstance(content, str)):
        raise BadAnswer(f"{where} needs a path, and text or null as content")
    if isinstance(content, str) and PATCH.match(content):
        raise BadAnswer(f"{where} is a patch: whole files are taken, patches are not")
    return Edit(path=safe, content=body)


def _apart(paths: Sequence[str]) -> None:
    """Where letter case does not count two spellings are one file, and no file is a folder."""
    folded = [path.casefold() for path in paths]
    if len(set(folded)) < len(folded):
        raise BadAnswer("`files` names a path twice")
    folders = {
        "/".join(path.split("/")[:deep])
        for path in folded
        for deep in range(1, path.count("/") + 1)
    }
    if folders & set(folded):
        raise BadAnswer("`files` names a path both as a file and as a folder")
