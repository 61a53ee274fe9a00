"""The bugs are real: they raise what their files say, at the lines that their files say."""

import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from verdicts.bug import NODE, PHP, Bug, bugs

PYTHON_BUGS = [bug for bug in bugs() if bug.runner in ("pytest", "unittest")]
# Others word some messages in another way.
WORDED = sys.version_info[:2] == (3, 11)


def laid(bug: Bug, root: Path) -> Path:
    for name, text in bug.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def raised(bug: Bug, root: Path) -> tuple[BaseException, list[tuple[str, str, int]]]:
    """The error, and file, function and line of its frames inside the repository."""
    before = set(sys.modules)
    sys.path.insert(0, str(root))
    try:
        exec(compile(bug.trigger, "trigger", "exec"), {})  # noqa: S102 - code of ours
    except Exception as error:  # noqa: BLE001 - whatever it raises is looked at
        stack = traceback.extract_tb(error.__traceback__)
        inside = [one for one in stack if one.filename.startswith(str(root))]
        places = [(one.filename[len(str(root)) + 1 :], one.name, one.lineno or 0) for one in inside]
        if isinstance(error, RecursionError):  # where the limit cuts is chance
            places.pop()
        return error, list(dict.fromkeys(places))
    finally:
        sys.path.remove(str(root))
        for name in set(sys.modules) - before:
            del sys.modules[name]
    pytest.fail("it raised nothing")


@pytest.mark.parametrize("bug", PYTHON_BUGS, ids=lambda bug: bug.name)
def test_a_bug_raises_what_sentry_tells(bug: Bug, tmp_path: Path) -> None:
    error, places = raised(bug, laid(bug, tmp_path))

    told = [(bug.source, one.function, one.line) for one in bug.problem.in_app]
    assert (type(error).__name__, places) == (bug.problem.type, list(dict.fromkeys(told)))
    if WORDED and not isinstance(error, RecursionError):  # its words tell which call was the last
        assert str(error) == bug.problem.value


@pytest.mark.skipif(NODE is None, reason="node is not installed here")
def test_the_bug_in_javascript_raises_what_sentry_tells(tmp_path: Path) -> None:
    (bug,) = [one for one in bugs() if one.runner == "node"]
    command = [NODE or "", "--input-type=module", "--eval", bug.trigger]
    ran = subprocess.run(
        command, cwd=laid(bug, tmp_path), capture_output=True, text=True, check=False
    )

    assert f"{bug.problem.type}: {bug.problem.value}" in ran.stderr
    stack = re.findall(rf"at (\w+) .*{re.escape(bug.source)}:(\d+)", ran.stderr)
    told = [(one.function, str(one.line)) for one in reversed(bug.problem.in_app)]
    assert stack[0] == told[0]
    assert stack[-1] == told[-1]


@pytest.mark.skipif(PHP is None, reason="php is not installed here")
def test_the_bug_in_php_raises_what_sentry_tells(tmp_path: Path) -> None:
    (bug,) = [one for one in bugs() if one.runner == "php"]
    command = [PHP or "", "-n", "-d", "display_errors=1", "-r", bug.trigger]
    ran = subprocess.run(
        command, cwd=laid(bug, tmp_path), capture_output=True, text=True, check=False
    )
    said = ran.stdout + ran.stderr

    call, raising = bug.problem.in_app
    assert f"{bug.problem.type}: {bug.problem.value.partition(', called')[0]}" in said
    assert f"{bug.source}({call.line}): {raising.function}(" in said
    assert f"{bug.source} on line {raising.line}" in said or f"{bug.source}:{raising.line}" in said


def test_there_are_more_than_twenty_and_no_two_are_alike() -> None:
    found = bugs()

    assert len(found) >= 21
    assert len({bug.problem.issue_id for bug in found}) == len(found)
    assert len({bug.source for bug in found}) == len(found)
    assert all(bug.right != bug.files[bug.source] for bug in found)
