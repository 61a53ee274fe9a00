"""The bugs: each a small repository with one planted bug, as bugs/<name>.toml tells it."""

import shutil
import sys
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from modules.autofix.job import CodeFrame, Problem

HERE: Final = Path(__file__).parent
BUGS: Final = HERE / "bugs"
PYTHON: Final = sys.executable
NODE: Final = shutil.which("node")
PHP: Final = shutil.which("php")
PYTEST: Final = (
    *(PYTHON, "-m", "pytest", "-q", "--disable-plugin-autoload", "-p", "no:cacheprovider"),
    *("-o", "junit_family=xunit1", "--junitxml={junit}", "tests"),
)
REPORTS: Final = ("--test-reporter=junit", "--test-reporter-destination={junit}")
COMMANDS: Final = {
    "pytest": PYTEST,
    "unittest": (PYTHON, "-m", "unittest", "discover", "-q", "-s", "tests"),
    "node": (NODE or "node", "--test", *REPORTS),
    "php": (PHP or "php", "tests/all.php"),
}
# A frame of a library stands in most stacks, and is nothing to look for in a repository.
LIBRARY: Final = CodeFrame(path="/usr/lib/framework/run.py", function="call", line=9, in_app=False)


@dataclass(frozen=True)
class Bug:
    """One bug with what Sentry tells about it."""

    name: str
    runner: str  # the key of its test command
    source: str
    files: dict[str, str]
    problem: Problem
    trigger: str  # code that raises the error
    right: str  # the whole source file, mended
    deployed: str  # the folder that the program runs in, as frames name it

    @property
    def file(self) -> Path:
        return BUGS / f"{self.name}.toml"

    @property
    def test_command(self) -> tuple[str, ...]:
        return COMMANDS[self.runner]

    @property
    def by_exit_code(self) -> bool:
        """Whether all its tests are one, since only the exit code tells."""
        return self.runner in ("unittest", "php")

    @property
    def missing(self) -> str:
        """Why its tests cannot run on this machine; empty when they can."""
        programs = {"node": NODE, "php": PHP}
        return "" if programs.get(self.runner, PYTHON) else f"{self.runner} is not installed here"


@cache
def bugs() -> tuple[Bug, ...]:
    """All of them, by name."""
    return tuple(_read(path) for path in sorted(BUGS.glob("*.toml")))


def _read(path: Path) -> Bug:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    text = data["files"][data["source"]]
    return Bug(
        name=path.stem,
        runner=data["runner"],
        source=data["source"],
        files=data["files"],
        problem=_problem(data, path.stem),
        trigger=data["trigger"],
        deployed=data.get("deployed", ""),
        right=text.replace(data["fix"]["old"], data["fix"]["right"]),
    )


def _problem(data: dict[str, Any], name: str) -> Problem:
    frames = [_frame(frame, data) for frame in data["frames"]]
    deep = frames[:1] * data.get("depth", 1) + frames[1:]
    number = zlib.crc32(name.encode())
    return Problem(
        issue_id=str(number),
        short_id=f"SHOP-{number}",
        title=f"{data['type']}: {data['value']}",
        url=f"https://sentry.example/issues/{number}/",
        project_slug="shop",
        organization_slug="acme",
        level="error",
        status="unresolved",
        count=31,
        events_last_day=12,
        user_count=4,
        type=data["type"],
        value=data["value"],
        culprit=f"{data['source']} in {data['frames'][-1]['function']}",
        event_id="e" * 32,
        environment="production",
        frames=(LIBRARY, *deep),
    )


def _frame(told: dict[str, str], data: dict[str, Any]) -> CodeFrame:
    """The line is where the source has that code; Sentry sees the path of the deployed file."""
    deployed = data.get("deployed", "")
    lines = [line.strip() for line in data["files"][data["source"]].splitlines()]
    path = data["source"].replace("/", "\\") if "\\" in deployed else data["source"]
    return CodeFrame(
        path=f"{deployed}{path}",
        function=told["function"],
        line=lines.index(told["code"]) + 1,
        context=f"    {told['code']}",
    )
