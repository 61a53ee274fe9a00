"""Whether a fix is one: its test fails before, passes after, and nothing got worse. No I/O."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .job import Proof
from .ports import TestRun

SUITE: Final = "suite"  # the one test of a runner that tells only its exit code
SHOWN: Final = 50
RED: Final = ("failed", "error")
Tests = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What was run, each in a fresh worktree. `fixed_old` is the fix with the base's version of
    the tests that it changed or deleted; `again_on_base` are further runs of the base, wanted
    where `worse` names tests, to tell flaky ones."""

    base: TestRun
    base_new: TestRun  # the base with the fix's test files
    fixed: TestRun
    again: TestRun
    fixed_old: TestRun | None = None
    again_on_base: Sequence[TestRun] = ()


def prove(
    runs: Runs,
    *,
    new_tests: Collection[str],
    setup_changed: bool = False,
    weakened: bool = False,
    exception_type: str = "",
) -> Proof:
    """The verdict on a fix. `new_tests` are the test files it adds or changes; each of the
    `reasons` that speak against it has its sentence in reasons.py."""
    if why := _unusable(runs):
        return Proof(proven=False, reasons=(why,), ran=False, output=_output(runs))
    base, new, fixed = _tests(runs.base), _tests(runs.base_new), _tests(runs.fixed)
    flaky = _flaky(runs)
    ours = _ours(runs, new_tests)
    green = sorted(t for t in ours if _status(fixed, t) == "passed" and t not in flaky)
    turned = tuple(t for t in green if _status(new, t) == "failed")
    # What stands beside a new test in its file and passes as before tells nothing about it.
    beside = {t for t in ours if _status(base, t) == _status(new, t) == "passed"}
    own = [test for test in green if test not in beside]
    reasons = [*_of_new_tests(new, new_tests, ours - beside, own, turned)]
    reasons += ["suite_worse"] if worse(runs) - flaky else []
    reasons += ["test_setup_changed"] if setup_changed else []
    reasons += ["tests_weakened"] if weakened else []
    return Proof(
        proven=not reasons,
        reasons=tuple(reasons),
        fail_to_pass=turned[:SHOWN],
        same_error=any(exception_type and exception_type in new[test][1] for test in turned),
        passed_before=_count(base, "passed"),
        passed_after=_count(fixed, "passed"),
        failed_before=_count(base, *RED),
        failed_after=_count(fixed, *RED),
        flaky=tuple(sorted(flaky))[:SHOWN],
        output=_output(runs),
        output_before=runs.base_new.output,
    )


def worse(runs: Runs) -> frozenset[str]:
    """The tests that the fix made red, lost or skipped. Before they count, the base should be run
    twice more (`again_on_base`): what is red there, too, is flaky."""
    base, fixed = _tests(runs.base), _tests(runs.fixed)
    unsteady = _unsteady(runs)
    before = {test for test in base if _status(base, test) == "passed"} - unsteady
    lost = {test for test in before if _status(fixed, test) != "passed"}
    fresh = {test for test in fixed if test not in base and _status(fixed, test) in RED} - unsteady
    if runs.fixed_old is None:
        return frozenset(lost | fresh)
    old = _tests(runs.fixed_old)  # where those do not even run, all are worse
    return frozenset(lost | fresh | {test for test in before if _status(old, test) != "passed"})


def _unusable(runs: Runs) -> str:
    base, new = runs.base, runs.base_new
    if base.tests is None:
        return "suite_does_not_run_on_base"
    # An exit code that is red before any new test says nothing about the new one.
    if _by_exit_code(runs) and _status(base.tests, SUITE) in RED:
        return "suite_does_not_run_on_base"
    if new.tests is None and new.problem != "timeout":
        return "new_tests_do_not_run_on_base"
    if runs.fixed.tests is None or runs.again.tests is None:
        return "suite_does_not_run_with_fix"
    return ""


def _ours(runs: Runs, new_tests: Collection[str]) -> frozenset[str]:
    """The tests of the fix's own test files. Where a report names no files, they show by what the
    new files changed on the base: tests that were not there, or end otherwise."""
    base, fixed = _tests(runs.base), _tests(runs.fixed)
    named = {test for test in fixed if test.split("::")[0] in new_tests}
    if named or not new_tests:
        return frozenset(named)
    new = _tests(runs.base_new)
    return frozenset(
        test for test in {*new, *fixed} if test not in base or _status(new, test) != base[test][0]
    )


def _of_new_tests(
    new: Tests,
    new_tests: Collection[str],
    ours: Collection[str],
    green: Collection[str],
    turned: Collection[str],
) -> Iterator[str]:
    if not new_tests:
        yield "no_test"
    elif not ours:
        yield "new_test_passes_on_base"  # the new files changed nothing on the base
    elif not green:
        yield "new_test_red_with_fix"
    elif not turned:
        passed = all(_status(new, test) == "passed" for test in green)
        yield "new_test_passes_on_base" if passed else "new_test_errors_on_base"


def _flaky(runs: Runs) -> frozenset[str]:
    """Tests that end otherwise without a change, among them those that only seemed worse."""
    red = {
        test
        for run in runs.again_on_base
        for test, (status, _) in (run.tests or {}).items()
        if status in RED
    }
    return _unsteady(runs) | (worse(runs) & red)


def _unsteady(runs: Runs) -> frozenset[str]:
    fixed, again = _tests(runs.fixed), _tests(runs.again)
    both = {*fixed, *again}
    return frozenset(test for test in both if _status(again, test) != _status(fixed, test))


def _tests(run: TestRun) -> Tests:
    """Of a run that was broken off, whatever is asked for has failed: an endless loop is a bug
    that a test may show."""
    if run.tests is None:
        return _Failed() if run.problem == "timeout" else {}
    return run.tests


class _Failed(dict[str, tuple[str, str]]):
    def __missing__(self, test: str) -> tuple[str, str]:
        return "failed", "the run did not end in time"


def _by_exit_code(runs: Runs) -> bool:
    return runs.base.tests is not None and list(runs.base.tests) == [SUITE]


def _status(tests: Tests, test: str) -> str:
    try:
        return tests[test][0]
    except KeyError:
        return "missing"


def _count(tests: Tests, *statuses: str) -> int:
    return sum(status in statuses for status, _ in tests.values())


def _output(runs: Runs) -> str:
    """Of the run that a reader wants to see: the one that did not work, else the one with the
    fix."""
    broken = [run for run in (runs.base, runs.base_new, runs.fixed, runs.again) if not run.tests]
    return (broken[0] if broken else runs.fixed).output
