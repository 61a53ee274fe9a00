"""A made-up history of a shop with errors whose cause is known, as a real repository.

What makes it hard is on purpose: people work on the same few files at the same time, on branches
that are merged; what caused an error is often neither the newest change of the file nor one of the
very line that raises; files are renamed; programs touch many files; what is suspected may have gone
into files of a name that others have, too.
"""

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .shop import Line, Tree, Words

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
PEOPLE = ("Ada", "Brian", "Chen", "Dora", "Emil", "Fay")
Edit = Callable[[Tree], str | None]  # the file that it changes
At = tuple[int, int]  # a function, and a line of it


@dataclass(frozen=True)
class Known:
    """An error, the commit that caused it, and the code that ran when it came up. `kind` says how
    the cause and the line that raises belong together."""

    kind: str
    culprit: str  # as are all commits: by its tag
    release: str
    first_seen: datetime
    frames: tuple[tuple[str, int], ...]  # path and line, the outermost call first


@dataclass
class _Waiting:
    """A cause that is in, and has not shown yet."""

    kind: str
    culprit: str
    due: datetime
    calls: list[At]


@dataclass
class Past:
    """Writes what `git fast-import` reads, commit by commit."""

    seed: int
    size: int
    files: int = 60
    crowd: float = 1 / 3  # of the causes, after which others work in the same function
    known: list[Known] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - no secret
        self._words = Words(self._chance)
        self._tree = self._words.tree(self.files)
        self._now, self._main, self._made = START, 0, 0
        self._waiting: list[_Waiting] = []
        self._out: list[bytes] = []
        self._hot = self._chance.sample(sorted(self._tree.files), k=self.files // 4)

    def written(self) -> bytes:
        everything = list(self._tree.files)
        self._main = self._write("Ada", "begin", self._tree, everything, parents=())
        while self._made < self.size:
            self._later(40)
            self._step()
            self._show()
        return b"".join(self._out)

    def _later(self, minutes: float) -> None:
        self._now += timedelta(minutes=self._chance.expovariate(1 / minutes))

    # -- what happens

    def _step(self) -> None:
        steps = (self._cause, self._branch, self._sweep, self._bump, self._rename, self._work)
        self._chance.choices(steps, (10, 10, 3, 4, 2, 71))[0]()

    def _work(self) -> None:
        """Ordinary work: a few places in one to four files, mostly those that everybody is in."""
        edits = [self._edit() for _ in range(self._chance.choice((1, 1, 2, 2, 3, 4)))]
        self._apply(self._chance.choice(PEOPLE), "work on it", edits)

    def _path(self) -> str:
        chance = self._chance
        return chance.choice(self._hot if chance.random() < 0.6 else sorted(self._tree.files))

    def _edit(self) -> Edit:
        path = self._path()
        function = self._chance.choice(self._tree.files[path])
        return self._edit_in(function.number, whole=True)

    def _edit_in(self, number: int, *, whole: bool) -> Edit:
        """Rewrites a line, puts some in, or puts a function before another one."""
        how, at, text = self._chance.random(), self._chance.random(), self._words.text()
        more = [self._words.line() for _ in range(self._chance.randint(1, 4))]
        fresh = self._words.function()

        def edit(tree: Tree) -> str | None:
            found = tree.find(number)
            if found is None:
                return None
            path, function = found
            index = int(at * len(function.lines))
            if how < 0.5:
                function.lines[index].text = text
            elif how < 0.75 or not whole:
                function.lines[index:index] = [Line(one.number, one.text) for one in more]
            else:
                tree.files[path].insert(tree.files[path].index(function), fresh.copy())
            return path

        return edit

    def _cause(self) -> None:
        """A mistake, and sometimes others at work in the same function before anybody sees it."""
        stack, kind, edits = self._mistake()
        edits += [self._edit() for _ in range(self._chance.choice((0, 0, 1, 2)))]
        self._apply(self._chance.choice(PEOPLE), "make it better", edits)
        self._comes_up(kind, self._main, stack)
        others = self._chance.choice((1, 2)) if self._chance.random() < self.crowd else 0
        for _ in range(others):
            self._later(60)
            self._apply(self._chance.choice(PEOPLE), "work beside it", [self._beside(stack[-1])])

    def _comes_up(self, kind: str, culprit: int, stack: list[At]) -> None:
        due = self._now + timedelta(hours=self._chance.uniform(0.5, 30))
        self._waiting.append(_Waiting(kind, f"v{culprit}", due, stack))

    def _mistake(self) -> tuple[list[At], str, list[Edit]]:
        chance = self._chance
        paths = [chance.choice(sorted(self._tree.files)) for _ in range(chance.randint(1, 3))]
        functions = [chance.choice(self._tree.files[path]) for path in (*paths, self._path())]
        stack = [(one.number, chance.choice(one.lines).number) for one in functions]
        kinds = ("the line", "beside it", "taken away", "the caller", "a rewrite")
        kind = chance.choices(kinds, (45, 20, 15, 12, 8))[0]
        return stack, kind, [self._wrong(kind, stack[-2 if kind == "the caller" else -1])]

    def _wrong(self, kind: str, at: At) -> Edit:
        text, more = self._words.text(), self._words.line()
        away = self._chance.randint(1, 4) * self._chance.choice((-1, 1))

        def edit(tree: Tree) -> str | None:
            found = tree.find(at[0])
            index = found[1].index(at[1]) if found else None
            if found is None or index is None:
                return None
            lines = found[1].lines
            beside = min(max(0, index + away), len(lines) - 1)
            if kind in ("the line", "the caller"):
                lines[index].text = text
            elif kind == "a rewrite":
                for one in lines:
                    one.text = f"{text}  # {one.text[-6:]}"
            elif beside == index:
                lines.insert(index, Line(more.number, more.text))
            elif kind == "taken away":
                del lines[beside]
            else:
                lines[beside].text = text
            return found[0]

        return edit

    def _beside(self, at: At) -> Edit:
        """Somebody else in the same function; one in ten even rewrites the line that raises."""
        if self._chance.random() < 0.1:
            return self._wrong("the line", at)
        return self._edit_in(at[0], whole=False)

    def _branch(self) -> None:
        """Some commits on a branch while the main line goes on, then a merge. Both may be in the
        same files, and the cause may be on the branch."""
        tree, head, all_of = self._tree.copy(), self._main, list[Edit]()
        wrong = self._mistake() if self._chance.random() < 0.3 else None
        culprit = 0
        for number in range(self._chance.randint(1, 4)):
            self._later(30)
            edits = [self._edit() for _ in range(self._chance.choice((1, 2)))]
            edits += wrong[2] if wrong and number == 0 else []
            head = self._write_changes("Chen", "on a branch", tree, edits, parents=(head,))
            culprit, all_of = culprit or head, [*all_of, *edits]
            if self._chance.random() < 0.7:
                self._work()
        self._later(30)
        self._main = self._write_changes(
            "Ada", "Merge a branch", self._tree, all_of, parents=(self._main, head)
        )
        if wrong:
            self._comes_up(f"{wrong[1]}, on a branch", culprit, wrong[0])

    def _sweep(self) -> None:
        """A program rewrites a line here and there, in a third of all files."""
        paths = self._chance.sample(sorted(self._tree.files), k=len(self._tree.files) // 3)
        edits = [
            self._edit_in(self._chance.choice(self._tree.files[path]).number, whole=False)
            for path in paths
        ]
        self._apply("formatter[bot]", "style: format", edits)

    def _bump(self) -> None:
        self._tree.lock += 1
        self._apply("dependabot[bot]", "Bump things", [])

    def _rename(self) -> None:
        path = self._chance.choice(sorted(self._tree.files))
        new = f"{path.removesuffix('.py')}_{self._chance.randint(0, 999)}.py"
        self._tree.files[new] = self._tree.files.pop(path)
        self._hot = [new if one == path else one for one in self._hot]
        self._main = self._write(
            "Dora", "rename it", self._tree, [new], parents=(self._main,), gone=(path,)
        )

    def _show(self) -> None:
        """The errors whose time has come, with the stack as the code is now."""
        for one in [one for one in self._waiting if one.due <= self._now]:
            self._waiting.remove(one)
            places = [self._tree.place(*at) for at in one.calls]
            there = tuple(place for place in places if place is not None)
            if len(there) == len(places):
                self.known.append(Known(one.kind, one.culprit, f"v{self._main}", self._now, there))

    # -- how it is written down

    def _apply(self, author: str, title: str, edits: list[Edit]) -> None:
        self._main = self._write_changes(author, title, self._tree, edits, parents=(self._main,))

    def _write_changes(
        self, author: str, title: str, tree: Tree, edits: list[Edit], *, parents: tuple[int, ...]
    ) -> int:
        """For a merge all files, as it has no diff of its own."""
        changed = {path for edit in edits if (path := edit(tree))}
        paths = list(tree.files) if len(parents) > 1 else sorted(changed)
        return self._write(author, title, tree, paths, parents=parents)

    def _write(
        self,
        author: str,
        title: str,
        tree: Tree,
        paths: list[str],
        *,
        parents: tuple[int, ...],
        gone: tuple[str, ...] = (),
    ) -> int:
        self._made += 1
        mark, when = self._made, int(self._now.timestamp())
        who = f"{author} <{author.lower()}@example.com> {when} +0000"
        branch = "main" if tree is self._tree else "side"
        lines = [
            f"commit refs/heads/{branch}",
            f"mark :{mark}",
            f"author {who}",
            f"committer {who}",
        ]
        lines += [f"data {len(title.encode())}", title]
        lines += [f"from :{parents[0]}"] if parents else []
        lines += [f"merge :{one}" for one in parents[1:]]
        lines += [f"D {path}" for path in gone]
        self._out.append(("\n".join(lines) + "\n").encode())
        for path in paths:
            self._file(path, tree.text(path))
        self._file("app.lock", f"{tree.lock}\n")
        self._out.append(f"\nreset refs/tags/v{mark}\nfrom :{mark}\n\n".encode())
        return mark

    def _file(self, path: str, text: str) -> None:
        data = text.encode()
        self._out.append(f"M 100644 inline {path}\ndata {len(data)}\n".encode() + data + b"\n")


def repository(folder: Path, past: Past) -> Path:
    """A bare repository with the whole of it."""
    folder.mkdir()
    run = ["git", "-C", str(folder)]
    subprocess.run([*run, "init", "--quiet", "--bare", "--initial-branch=main"], check=True)
    subprocess.run([*run, "fast-import", "--quiet", "--force"], input=past.written(), check=True)
    return folder


def shas(folder: Path) -> Iterator[tuple[str, str]]:
    """The tag of each commit, and its name."""
    how = ["git", "-C", str(folder), "for-each-ref", "--format=%(refname:short) %(objectname)"]
    told = subprocess.run([*how, "refs/tags"], check=True, capture_output=True, text=True).stdout
    for line in told.splitlines():
        tag, _, sha = line.partition(" ")
        yield tag, sha
