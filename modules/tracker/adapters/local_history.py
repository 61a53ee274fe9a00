"""The history of a repository on this machine: one call of git, without an account anywhere."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final, Protocol

from modules.tracker.history import ChangedFile, Commit, Deployment, Hunk

from .patches import bare_hunk, pull_in

SECONDS: Final = 20.0
CAP: Final = 32 << 20  # bytes; what is beyond are the oldest commits
FIELDS: Final = "--format=commit %H%x00%P%x00%ct%x00%an%x00%s"
# Merges without a diff: what they bring stands in the commits that they join. Children come before
# their parents, as each diff moves the lines of the commits before. White space wrote no error.
HOW: Final = (
    *("log", "--topo-order", "--patch", "--diff-merges=off", "--unified=0", "--ignore-all-space"),
    *("--find-renames", "-l400", "--no-color", "--no-ext-diff", "--no-textconv"),
    *("--no-show-signature", "--no-notes", "--no-mailmap", "--no-decorate", "--encoding=UTF-8"),
    *("--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/"),
)
# No line of a file begins like these: it has a sign before it.
MARKED: Final = re.compile(
    rb"^(?:commit (?P<commit>[^\n]*)|(?P<file>diff --git )[^\n]*|--- (?P<old>[^\n]*)"
    rb"|\+\+\+ (?P<new>[^\n]*)|rename from (?P<source>[^\n]*)|rename to (?P<target>[^\n]*)"
    rb"|(?P<hunk>@@ -[^\n]*))$",
    re.MULTILINE,
)
SPELLED: Final = re.compile(rb'\\([abfnrtv"\\]|[0-7]{3})')
SPELLING: Final = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}


class Git(Protocol):
    """Git on one repository of ours, with nothing of its configuration trusted."""

    async def __call__(self, *args: str, cap: int, seconds: float) -> bytes:
        """The first `cap` bytes of an answer. Raises ModuleError where it fails or takes longer."""
        ...


class LocalHistory:
    """Implements History for what a commit descends from.

    `page` is what the address of a commit begins with, where the repository has pages.
    """

    def __init__(self, git: Git, tip: str, *, page: str = "") -> None:
        self._git, self._tip, self._page = git, tip, page

    async def commits(
        self, since: datetime, until: datetime, limit: int, *, paths: tuple[str, ...] = ()
    ) -> tuple[Commit, ...]:
        """`paths` narrow nothing here: a rename would end the history of a file."""
        time = (f"--since=@{int(since.timestamp())}", f"--until=@{int(until.timestamp())}")
        args = (*HOW, FIELDS, *time, f"--max-count={limit}", "--end-of-options", self._tip)
        answer = await self._git(*args, cap=CAP, seconds=SECONDS)
        # In a thread: megabytes of patches would keep everybody else waiting.
        return await asyncio.to_thread(lambda: tuple(read_log(answer, page=self._page)))

    async def deployments(self, since: datetime, until: datetime) -> tuple[Deployment, ...]:
        """A repository alone knows of none."""
        return ()


def read_log(answer: bytes, *, page: str = "") -> Iterator[Commit]:
    """The commits of an answer to HOW and FIELDS. The last one may have been cut off: what it has
    is told."""
    head, files, entry = "", list[ChangedFile](), _Entry()
    marks = [*MARKED.finditer(answer)]
    for mark, following in zip_longest(marks, marks[1:]):
        if mark["commit"] is not None or mark["file"] is not None:
            files += entry.told()
            entry = _Entry()
        if mark["commit"] is not None:
            yield from _commit(head, files, page)
            head, files = mark["commit"].decode("utf-8", "replace"), []
        else:
            end = following.start() if following else len(answer)
            entry.take(mark, answer[mark.end() + 1 : end].rstrip(b"\n"))
    yield from _commit(head, [*files, *entry.told()], page)


class _Entry:
    """One file of a patch, line by line: its names stand before its first hunk."""

    def __init__(self) -> None:
        self._old = self._new = ""
        self._hunks: list[Hunk] = []

    def take(self, mark: re.Match[bytes], text: bytes) -> None:
        """`text` is what stands between this and the next line that is marked."""
        if mark["hunk"] is not None:
            told = text.decode("utf-8", "replace")
            hunk = bare_hunk(mark["hunk"].decode("utf-8", "replace"), told)
            self._hunks += [hunk] if hunk else []
        elif not self._hunks:  # in a hunk, `--- x` is a line `-- x` that was taken away
            self._old = _side(mark["old"]) or _name(mark["source"]) or self._old
            self._new = _side(mark["new"]) or _name(mark["target"]) or self._new

    def told(self) -> list[ChangedFile]:
        """Of what was deleted the old name; nothing where there were no names: a binary file."""
        path = self._new or self._old
        previous = self._old if self._new and self._old != self._new else ""
        one = ChangedFile(path=path, hunks=tuple(self._hunks), previous_path=previous)
        return [one] if path else []


def _side(raw: bytes | None) -> str:
    """Of a `---` or `+++` line, without `a/`; empty for /dev/null. Behind a name with blanks stands
    a tab."""
    name = _name(raw)
    return "" if name == "/dev/null" else name[2:]


def _name(raw: bytes | None) -> str:
    """A path; what is odd in it stands in quotes, spelled as in C."""
    if raw is None:
        return ""
    plain = raw.removesuffix(b"\t")
    if plain.startswith(b'"'):
        plain = SPELLED.sub(_unspelled, plain[1:-1])
    return plain.decode("utf-8", "replace")


def _unspelled(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) & 255]) if len(code) == 3 else SPELLING.get(code, code)


def _commit(head: str, files: list[ChangedFile], page: str) -> Iterator[Commit]:
    parts = head.split("\0")
    if len(parts) != 5:
        return
    sha, parents, seconds, author, title = parts
    yield Commit(
        sha=sha,
        author=author,
        at=datetime.fromtimestamp(int(seconds), UTC),
        title=title,
        files=tuple(files),
        url=f"{page}{sha}" if page else "",
        pull=pull_in(title),
        parents=tuple(parents.split()),
    )
