"""The project's own set-up and tests, run as the operator's commands in a worktree."""

import asyncio
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from modules.autofix.junit import BIGGEST, BadReport, Tests, parse
from modules.autofix.ports import TestRun, Trees
from modules.autofix.project import Project
from modules.autofix.prove import RED, SUITE
from modules.autofix.reasons import sentence
from modules.outbound.processes import Finished

from .said import kept
from .sandbox.place import Mount, Place, Sandbox
from .set_up import SetUp
from .tree_files import delete_below, read_below, write_below

OUTPUT: Final = 20_000  # characters
KEPT_RUNS: Final = 100
HOLE: Final = "{junit}"
REPORT: Final = "report.xml"
ENV: Final = {"CI": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
ERRORS: Final = 2
SHELL_MISSING: Final = (126, 127)
RUN: Final[TypeAdapter[TestRun]] = TypeAdapter(TestRun)


class CommandChecks:
    """Implements Checks. A run that came to its end is kept below `home` by its key, so that
    a base is tested once; a second look at the same code wants another key, or an empty one.

    `{junit}` in an argument of the test command, and JUNIT_FILE, is where it may leave a report in
    JUnit's XML, outside the tree; `project.junit` names another place, from the project's folder.
    Where a report is asked for by either, a run without one is none; where it is not, the exit
    code tells about the suite as one test.

    The worktree's `.git` file is away while it runs, so a test cannot ask git which code it
    tests; nor, in a sandbox of its own mounts, can it ask the path.
    """

    def __init__(self, home: Path, sandbox: Sandbox) -> None:
        self._home: Final = home / "test-runs"
        self._sandbox: Final = sandbox
        self._set_up: Final = SetUp(home, sandbox)

    async def prepare(self, project: Project, base: str, trees: Trees) -> str:
        """Where a worktree's path differs from run to run, what was set up in one fits no other:
        there the set-up runs again in each."""
        return await self._set_up.make(project, base, trees) if self._sandbox.steady else ""

    async def together(
        self, one: Coroutine[Any, Any, TestRun], other: Coroutine[Any, Any, TestRun]
    ) -> tuple[TestRun, TestRun]:
        """Where each has a network, a home and a temporary folder of its own, ports and files of
        one are not those of the other."""
        if not self._sandbox.steady:
            try:
                return await one, await other
            finally:
                other.close()  # where the first one fails, this one was never begun
        first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
        try:
            return await first, await second
        finally:  # where one fails, the other is of no use
            for run in (first, second):
                run.cancel()
            await asyncio.wait({first, second})

    def mounts(self, project: Project, base: str) -> tuple[Mount, ...]:
        """What was prepared."""
        return self._set_up.mounts(project, base) or () if self._sandbox.steady else ()

    async def run(self, project: Project, tree: Path, *, key: str, base: str = "") -> TestRun:
        place = self._kept_at(project, key) if key else None
        if place is not None and (known := _recall(place)) is not None:
            return known
        found = await self._run(project, tree, base)
        if place is not None and not found.problem and found.exit_code == 0:  # red may be a bad day
            _remember(place, found)
        return found

    async def _run(self, project: Project, tree: Path, base: str) -> TestRun:
        if not project.test_command:
            return _none("test_command_missing", "test_command is empty.")
        if not (tree / project.folder).is_dir():
            return _none("folder_missing", f"The repository has no folder {project.folder}.")
        with (
            tempfile.TemporaryDirectory(prefix="checks-", ignore_cleanup_errors=True) as outside,
            _without_git(tree),
        ):
            place = Place(
                tree=tree,
                folder=project.folder,
                results=Path(outside),
                reads=tuple(map(Path, project.reads)),
                mounts=self.mounts(project, base),
            )
            report = _report_of(project, place)
            if project.setup_command and not self._sandbox.steady:
                ran = await self._command(project.setup_command, place, project)
                if ran.code != 0 or ran.timed_out:
                    return _no_setup(ran)
            with contextlib.suppress(OSError):
                delete_below(report.root, report.path)  # an old one, or one left ready
            ran = await self._command(project.test_command, place, project)
            view = self._sandbox.view(place)
            return _judged(ran, report, f"{view.tree}/{project.folder}", project.folder)

    async def _command(self, argv: tuple[str, ...], place: Place, project: Project) -> Finished:
        file = f"{self._sandbox.view(place).results}/{REPORT}"
        argv = tuple(argument.replace(HOLE, file) for argument in argv)
        return await self._sandbox.run(
            argv, place, env={**ENV, "JUNIT_FILE": file}, seconds=project.limits.test_seconds
        )

    def _kept_at(self, project: Project, key: str) -> Path:
        """Another command, another run."""
        asked = [key, project.setup_command, project.test_command, project.folder, project.junit]
        name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        return self._home / f"{name}.json"


def _recall(place: Path) -> TestRun | None:
    try:
        return RUN.validate_json(place.read_bytes())
    except (OSError, ValidationError):
        return None


def _remember(place: Path, run: TestRun) -> None:
    """By a new name first: a reader sees all of it or nothing. The oldest ones go."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".new", delete=False) as file:
        file.write(RUN.dump_json(run))
    Path(file.name).replace(place)
    runs = sorted(place.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)
    for old in runs[:-KEPT_RUNS]:
        old.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Report:
    """Where the report is looked for: a file below a folder, and whether it must be there."""

    root: Path
    path: str
    wanted: bool


def _report_of(project: Project, place: Place) -> _Report:
    asked = any(HOLE in argument for argument in project.test_command)
    where = project.junit or HOLE
    if where.startswith(HOLE) and place.results:
        return _Report(place.results, where.replace(HOLE, REPORT), asked or bool(project.junit))
    return _Report(place.tree / place.folder, where, wanted=True)


def _judged(ran: Finished, report: _Report, folder: str, prefix: str) -> TestRun:
    output = kept(ran.out + b"\n" + ran.err, OUTPUT)
    if broken := _broken_off(ran, output):
        return broken
    if ran.missing:
        return _none("test_command_missing", "The program of test_command cannot be run.", ran)
    try:
        data = _read(report)
        if data is None:
            return _by_exit_code(ran, output)
        tests = _agreed(parse(data, root=folder.rstrip("/"), folder=prefix), ran.code)
    except BadReport as problem:
        return _none("no_report", f"{problem}.\n{output}", ran)
    return TestRun(tests=tests, exit_code=ran.code, output=output, seconds=ran.seconds)


def _read(report: _Report) -> bytes | None:
    """None where there is no report and none was asked for. Raises BadReport."""
    try:
        return read_below(report.root, report.path, BIGGEST)
    except FileNotFoundError:
        if not report.wanted:
            return None
        raise BadReport("the tests left no report") from None
    except OSError:
        raise BadReport("the report is no plain file of at most 20 MB") from None


def _agreed(tests: Tests, code: int) -> Tests:
    """A report that says otherwise than the exit code is forged, or broken. PHPUnit ends with 2
    where a test had an error; where nothing but errors is told, nothing was run (pytest's 2).

    Raises BadReport.
    """
    ended = {status for status, _ in tests.values()}
    red = not ended.isdisjoint(RED)
    if code != int(red) and not (code == ERRORS and red and ended != {"error"}):
        raise BadReport(f"the report and the exit code {code} do not agree")
    return tests


def _by_exit_code(ran: Finished, output: str) -> TestRun:
    if ran.code in SHELL_MISSING:
        return _none("test_command_missing", output, ran)
    tests = {SUITE: ("passed" if ran.code == 0 else "failed", output)}
    return TestRun(tests=tests, exit_code=ran.code, output=output, seconds=ran.seconds)


def _no_setup(ran: Finished) -> TestRun:
    said = kept(ran.out + b"\n" + ran.err, OUTPUT)
    if broken := _broken_off(ran, f"The set-up did not end in time.\n{said}"):
        return broken
    if ran.missing:
        return _none("test_command_missing", "The program of setup_command cannot be run.", ran)
    return _none("no_report", f"The set-up ended with {ran.code}.\n{said}", ran)


def _broken_off(ran: Finished, said: str) -> TestRun | None:
    """A run that we had to end."""
    if ran.overfull:
        return _none("disk_quota", f"{sentence('disk_quota')}\n{said}", ran)
    return _none("timeout", said, ran) if ran.timed_out else None


def _none(problem: str, output: str, ran: Finished | None = None) -> TestRun:
    return TestRun(
        tests=None,
        exit_code=ran.code if ran else None,
        output=output.strip(),
        seconds=ran.seconds if ran else 0.0,
        problem=problem,
    )


@contextlib.contextmanager
def _without_git(tree: Path) -> Iterator[None]:
    """Take the worktree's `.git` file away for a while. A test that puts something in its place
    keeps it: such a worktree is deleted as a folder."""
    try:
        link = read_below(tree, ".git", 4096)
    except OSError:  # there is none, or it is a whole repository, which is no worktree of ours
        yield
        return
    delete_below(tree, ".git")
    try:
        yield
    finally:
        if not os.path.lexists(tree / ".git"):
            write_below(tree, ".git", link)
