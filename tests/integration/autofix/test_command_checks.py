"""The project's tests as real processes: pytest, node, exit codes, and tests that cheat."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import TestRun
from modules.autofix.project import Limits, Project
from modules.autofix.prove import SUITE, Runs, prove

PYTEST = (
    sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1",
    "--junitxml={junit}", "--rootdir=.",
)  # fmt: skip
NODE = shutil.which("node")
BROKEN = "def total(items):\n    return sum(items) / len(items)\n"
FIXED = "def total(items):\n    return sum(items) / len(items) if items else 0\n"
OLD = "from cart import total\n\ndef test_one():\n    assert total([2, 4]) == 3\n"
NEW = "from cart import total\n\ndef test_empty():\n    assert total([]) == 0\n"


def project(*command: str, **more: Any) -> Project:
    return Project(key="a", slug="a", repository="/srv/a", test_command=command, **more)


class Desk:
    """Worktrees, each with the files that it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checks, self._trees = folder, CommandChecks(folder / "home", Plain()), 0

    def tree(self, **files: str) -> Path:
        """`a__b` is a/b, with .py added."""
        self._trees += 1
        tree = self.folder / f"tree-{self._trees}"
        tree.mkdir()
        (tree / ".git").write_text("gitdir: /srv/mirror/worktrees/x\n")
        for name, text in files.items():
            path = tree / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tree

    async def run(self, given: Project, /, key: str = "", **files: str) -> TestRun:
        return await self.checks.run(given, self.tree(**files), key=key)

    async def script(self, code: str, /, *more: str, **settings: Any) -> TestRun:
        """Tests that are a few lines of Python, whose report is asked for."""
        path = self.folder / "script.py"
        path.write_text(f"import os, sys, time\njunit = os.environ['JUNIT_FILE']\n{code}\n")
        return await self.run(project(sys.executable, str(path), "{junit}", *more, **settings))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_a_fix_is_proven_by_real_runs(desk: Desk) -> None:
    given, test = project(*PYTEST), "tests/test_empty.py"
    both = {"tests__test_one": OLD, "tests__test_empty": NEW}
    setup = {"conftest": ""}  # puts the folder on the path
    runs = Runs(
        base=await desk.run(given, cart=BROKEN, tests__test_one=OLD, **setup),
        base_new=await desk.run(given, cart=BROKEN, **both, **setup),
        fixed=await desk.run(given, cart=FIXED, **both, **setup),
        again=await desk.run(given, cart=FIXED, **both, **setup),
    )
    proof = prove(runs, new_tests=(test,), exception_type="ZeroDivisionError")

    assert (proof.proven, proof.fail_to_pass) == (True, (f"{test}::test_empty",))
    assert proof.same_error
    assert (proof.passed_before, proof.passed_after) == (1, 2)
    assert "2 passed" in proof.output


async def test_a_test_that_asserts_nothing_proves_nothing(desk: Desk) -> None:
    given, idle = project(*PYTEST), "def test_empty():\n    pass\n"
    base = await desk.run(given, cart=BROKEN, test_one=OLD)
    new = await desk.run(given, cart=BROKEN, test_one=OLD, test_empty=idle)
    fixed = await desk.run(given, cart=FIXED, test_one=OLD, test_empty=idle)
    proof = prove(
        Runs(base=base, base_new=new, fixed=fixed, again=fixed), new_tests=("test_empty.py",)
    )

    assert proof.reasons == ("new_test_passes_on_base",)


async def test_a_conftest_that_greens_everything_disagrees_with_nothing_but_is_no_proof(
    desk: Desk,
) -> None:
    green = (
        "import pytest\n"
        "@pytest.hookimpl(wrapper=True)\n"
        "def pytest_runtest_makereport(item, call):\n"
        "    report = yield\n"
        "    report.outcome = 'passed'\n"
        "    return report\n"
    )
    given, red = project(*PYTEST), NEW.replace("== 0", "== 1")
    base = await desk.run(given, cart=BROKEN, test_one=OLD)
    new = await desk.run(given, cart=BROKEN, test_one=OLD, test_empty=red)
    fixed = await desk.run(given, cart=FIXED, test_one=OLD, test_empty=red, conftest=green)
    proof = prove(
        Runs(base=base, base_new=new, fixed=fixed, again=fixed),
        new_tests=("test_empty.py",),
        setup_changed=True,
    )

    assert proof.reasons == ("test_setup_changed",)


async def test_a_file_that_cannot_be_imported_is_no_report(desk: Desk) -> None:
    run = await desk.run(project(*PYTEST), test_one="import nothing_there\n")
    assert (run.tests, run.problem) == (None, "no_report")
    assert "nothing_there" in run.output


PASSED = '<testcase name="b"/>'


@pytest.mark.parametrize(
    ("code", "also", "problem"), [(2, PASSED, ""), (2, "", "no_report"), (3, PASSED, "no_report")]
)
async def test_a_runner_with_a_code_of_its_own_for_errors(
    desk: Desk, code: int, also: str, problem: str
) -> None:
    """PHPUnit's 2; where only errors are told, nothing was run."""
    xml = f'<testsuite><testcase name="a"><error message="x"/></testcase>{also}</testsuite>'
    script = f"import os, sys; open(os.environ['JUNIT_FILE'], 'w').write({xml!r}); sys.exit({code})"

    run = await desk.run(project(sys.executable, "-c", script), test_one=OLD)

    assert run.problem == problem


async def test_a_folder_that_is_not_there_is_told(desk: Desk) -> None:
    run = await desk.run(project(*PYTEST, folder="elsewhere"), test_one=OLD)

    assert (run.tests, run.problem) == (None, "folder_missing")


async def test_the_folder_of_the_project(desk: Desk) -> None:
    files = {"backend__cart": FIXED, "backend__test_one": OLD, "test_other": "assert False\n"}
    run = await desk.run(project(*PYTEST, folder="backend"), **files)
    assert run.tests == {"backend/test_one.py::test_one": ("passed", "")}


async def test_what_a_test_finds_around_it(desk: Desk) -> None:
    run = await desk.script(
        "print(sorted(os.environ), os.path.exists('.git'), os.listdir(os.environ['HOME']),"
        " os.environ['PATH'])\n"
        "open(junit, 'w').write('<testsuite><testcase name=\"a\"/></testsuite>')"
    )
    names, rest = run.output.removeprefix("[").split("] ", 1)

    wanted = [
        "CI", "HOME", "JUNIT_FILE", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED",
        "TMPDIR",
    ]  # fmt: skip
    assert [name for name in names.replace("'", "").split(", ") if name != "LC_CTYPE"] == wanted
    assert rest == f"False ['tmp'] {Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    assert run.tests == {"::a": ("passed", "")}


async def test_git_s_file_comes_back(desk: Desk) -> None:
    tree = desk.tree()
    code = "import os, time\nassert not os.path.exists('.git')\ntime.sleep(float({}))"
    for seconds, limit in (("0", 20.0), ("60", 1.0)):
        given = project(
            sys.executable, "-c", code.format(seconds), limits=Limits(test_seconds=limit)
        )
        await desk.checks.run(given, tree, key="")
        assert (tree / ".git").read_text().startswith("gitdir:")


async def test_a_git_folder_that_a_test_made_stays_what_it_is(desk: Desk) -> None:
    tree = desk.tree()
    given = project(sys.executable, "-c", "import os; os.mkdir('.git')")
    assert (await desk.checks.run(given, tree, key="")).exit_code == 0
    assert (tree / ".git").is_dir()


# ------------------------------------------------------------------------------- forged reports

GREEN = '<testsuite><testcase name="a" classname="b"/></testsuite>'
RED = '<testsuite><testcase name="a" classname="b"><failure/></testcase></testsuite>'


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        f"open(junit, 'w').write({GREEN!r}); sys.exit(1)",
        f"open(junit, 'w').write({RED!r})",
        f"open(junit, 'w').write({GREEN!r}); sys.exit(2)",
        f"open('real', 'w').write({GREEN!r}); os.symlink(os.path.abspath('real'), junit)",
        f"open('real', 'w').write({GREEN!r}); d = os.path.dirname(junit); os.rename(d, d + 'x');"
        " os.symlink(d + 'x', d)",
        "os.mkfifo(junit)",
        "os.mkdir(junit)",
        "open(junit, 'wb').truncate(21 << 20)",
        f"open(junit, 'w').write('<!DOCTYPE a [<!ENTITY b \"c\">]>' + {GREEN!r})",
        "open(junit, 'w').write('{}')",
    ],
    ids=range(11),
)
async def test_reports_that_count_for_nothing(desk: Desk, code: str) -> None:
    run = await desk.script(code)
    assert (run.tests, run.problem) == (None, "no_report")
    assert run.output


async def test_a_report_in_the_tree_is_written_by_this_very_run(desk: Desk) -> None:
    tree = desk.tree()
    (tree / "out").mkdir()
    (tree / "out" / "report.xml").write_text(GREEN)
    quiet = project(sys.executable, "-c", "pass", junit="out/report.xml")
    assert (await desk.checks.run(quiet, tree, key="")).problem == "no_report"

    says = f"open('out/report.xml', 'w').write({GREEN!r})"
    loud = project(sys.executable, "-c", says, junit="out/report.xml")
    assert (await desk.checks.run(loud, tree, key="")).tests == {"b::a": ("passed", "")}


async def test_terminal_sequences_and_secrets_are_taken_out(desk: Desk) -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    run = await desk.script(f"print('\\x1b[2J\\x1b]0;t\\x07 here \\u202e', {token[:40]!r})")

    assert "here" in run.output
    assert "A1b2" not in run.output
    assert "\x1b" not in run.output
    assert "\u202e" not in run.output


# ---------------------------------------------------------------------- exit codes, set-up, ends


@pytest.mark.parametrize(("code", "status"), [(0, "passed"), (1, "failed"), (7, "failed")])
async def test_a_runner_that_tells_only_its_exit_code(desk: Desk, code: int, status: str) -> None:
    run = await desk.run(project(sys.executable, "-c", f"print('said'); raise SystemExit({code})"))
    assert run.tests == {SUITE: (status, "said")}
    assert (run.exit_code, run.problem) == (code, "")


@pytest.mark.parametrize(
    "command", [(), ("/nowhere/pytest",), ("sh", "-c", "echo not found; exit 127")]
)
async def test_a_command_that_is_not_there(desk: Desk, command: tuple[str, ...]) -> None:
    assert (await desk.run(project(*command))).problem == "test_command_missing"


async def test_a_run_without_end(desk: Desk) -> None:
    run = await desk.script("print('so far', flush=True); time.sleep(60)", **limits(1.0))
    assert (run.tests, run.problem, run.output) == (None, "timeout", "so far")


def limits(seconds: float) -> dict[str, Any]:
    return {"limits": Limits(test_seconds=seconds)}


async def test_the_set_up_comes_first(desk: Desk) -> None:
    ready = (sys.executable, "-c", "open('ready', 'w').close()")
    look = (sys.executable, "-c", "open('ready')")
    assert (await desk.run(project(*look, setup_command=ready))).exit_code == 0

    for setup, problem in (
        ((sys.executable, "-c", "raise SystemExit('no network')"), "no_report"),
        (("/nowhere/make",), "test_command_missing"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "timeout"),
    ):
        run = await desk.run(project(*look, setup_command=setup, **limits(2.0)))
        assert (run.tests, run.problem) == (None, problem)


# ------------------------------------------------------------------------------- runs that are kept


async def test_a_base_is_run_once(desk: Desk) -> None:
    count = desk.folder / "count"
    given = project(sys.executable, "-c", f"open({str(count)!r}, 'a').write('.')")
    first = await desk.run(given, key="a" * 40)

    assert await desk.run(given, key="a" * 40) == first
    assert (
        await CommandChecks(desk.folder / "home", Plain()).run(given, desk.tree(), key="a" * 40)
        == first
    )
    assert len(count.read_text()) == 1
    await desk.run(given, key="b" * 40)
    await desk.run(given, key="")
    await desk.run(given, key="")
    await desk.run(given.model_copy(update={"folder": "."}), key="a" * 40)
    assert len(count.read_text()) == 5


async def test_what_went_wrong_is_not_kept_and_what_is_torn_not_read(desk: Desk) -> None:
    missing = project("/nowhere/pytest")
    await desk.run(missing, key="k")
    kept = desk.folder / "home" / "test-runs"
    assert not kept.exists()

    fine = project(sys.executable, "-c", "pass")
    first = await desk.run(fine, key="k")
    (file,) = kept.iterdir()
    file.write_text(file.read_text()[:-9])
    assert (await desk.run(fine, key="k")).tests == first.tests
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(NODE is None, reason="node is not there")
async def test_node_s_own_runner(desk: Desk) -> None:
    command = (
        str(NODE), "--test", "--test-reporter=junit", "--test-reporter-destination={junit}", "test/",
    )  # fmt: skip
    given = project(*command)

    async def run(mean: str, **tests: str) -> TestRun:
        tree = desk.tree()
        (tree / "test").mkdir()
        (tree / "cart.js").write_text(f"exports.mean = (a) => {mean};\n")
        for name, items in tests.items():
            (tree / "test" / f"{name}.test.js").write_text(
                "const test = require('node:test'), assert = require('node:assert');\n"
                "const { mean } = require('../cart.js');\n"
                f"test('{name}', () => assert.equal(mean({items}), 0));\n"
            )
        return await desk.checks.run(given, tree, key="")

    broken, mended = "a.reduce((x, y) => x + y) / a.length", "a.reduce((x, y) => x + y, 0)"
    runs = Runs(
        base=await run(broken, old="[0]"),
        base_new=await run(broken, old="[0]", empty="[]"),
        fixed=await run(mended, old="[0]", empty="[]"),
        again=await run(mended, old="[0]", empty="[]"),
    )
    proof = prove(runs, new_tests=("test/empty.test.js",), exception_type="TypeError")

    assert (proof.proven, proof.reasons) == (True, ())
    assert proof.same_error
