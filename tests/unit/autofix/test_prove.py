"""Fails before, passes after, nothing worse: the verdict on a fix, by runs of the tests."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from modules.autofix.job import Proof
from modules.autofix.ports import TestRun
from modules.autofix.prove import SUITE, Runs, prove, worse
from modules.autofix.reasons import REASONS

NEW = "tests/test_new.py"
SHOWS = f"{NEW}::test_shows"
OLD = "tests/test_old.py::test_old"


def run(problem: str = "", /, output: str = "", **tests: str) -> TestRun:
    """`old` and `shows` are short for the two tests."""
    names = {"old": OLD, "shows": SHOWS}
    ended = {names.get(name, name): (status, "TypeError: x") for name, status in tests.items()}
    return TestRun(
        tests=None if problem else ended, exit_code=0, problem=problem, output=output or problem
    )


def named(tests: Mapping[str, str]) -> TestRun:
    return TestRun(tests={name: (status, "") for name, status in tests.items()}, exit_code=0)


GOOD = Runs(
    base=run(old="passed"),
    base_new=run("", "1 failed", old="passed", shows="failed"),
    fixed=run(old="passed", shows="passed", output="2 passed"),
    again=run(old="passed", shows="passed"),
)


def verdict(runs: Runs, **more: object) -> Proof:
    given: dict[str, object] = {"new_tests": (NEW,), "exception_type": "TypeError", **more}
    proof = prove(runs, **given)  # type: ignore[arg-type]
    assert all(reason in REASONS for reason in proof.reasons)
    assert proof.proven is not bool(proof.reasons)
    return proof


def test_a_fix_is_proven() -> None:
    assert verdict(GOOD) == Proof(
        proven=True,
        fail_to_pass=(SHOWS,),
        same_error=True,
        passed_before=1,
        passed_after=2,
        output="2 passed",
        output_before="1 failed",
    )


def test_another_error_than_the_event_s_is_said() -> None:
    assert not verdict(GOOD, exception_type="KeyError").same_error
    assert not verdict(GOOD, exception_type="").same_error


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"base": run("no_report")}, "suite_does_not_run_on_base"),
        ({"base": run("timeout")}, "suite_does_not_run_on_base"),
        ({"base_new": run("no_report")}, "new_tests_do_not_run_on_base"),
        ({"fixed": run("no_report")}, "suite_does_not_run_with_fix"),
        ({"fixed": run("timeout")}, "suite_does_not_run_with_fix"),
        ({"again": run("timeout")}, "suite_does_not_run_with_fix"),
    ],
)
def test_runs_that_tell_nothing(changed: dict[str, TestRun], reason: str) -> None:
    proof = verdict(replace(GOOD, **changed))  # type: ignore[arg-type]

    assert (proof.reasons, proof.ran) == ((reason,), False)
    assert proof.output in ("no_report", "timeout")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"base_new": run(old="passed", shows="passed")}, "new_test_passes_on_base"),
        ({"base_new": run(old="passed", shows="error")}, "new_test_errors_on_base"),
        ({"base_new": run(old="passed", shows="skipped")}, "new_test_errors_on_base"),
        ({"fixed": run(old="failed", shows="passed"), "again": run(old="failed", shows="passed")}, "suite_worse"),
        ({"fixed": run(old="skipped", shows="passed"), "again": run(old="skipped", shows="passed")}, "suite_worse"),
        ({"fixed": run(shows="passed"), "again": run(shows="passed")}, "suite_worse"),
        ({"fixed_old": run(old="failed")}, "suite_worse"),
        ({"fixed_old": run(shows="passed")}, "suite_worse"),
        ({"fixed_old": run("no_report")}, "suite_worse"),
        ({"fixed_old": run("timeout")}, "suite_worse"),
    ],
)  # fmt: skip
def test_what_speaks_against_a_fix(changed: dict[str, TestRun], reason: str) -> None:
    assert verdict(replace(GOOD, **changed)).reasons == (reason,)  # type: ignore[arg-type]


def test_a_new_test_that_stays_red_makes_the_suite_worse_too() -> None:
    red = run(old="passed", shows="failed")
    proof = verdict(replace(GOOD, fixed=red, again=red))

    assert proof.reasons == ("new_test_red_with_fix", "suite_worse")


def test_words_of_the_caller() -> None:
    assert verdict(GOOD, new_tests=()).reasons == ("no_test",)
    assert verdict(GOOD, setup_changed=True).reasons == ("test_setup_changed",)
    assert verdict(GOOD, weakened=True).reasons == ("tests_weakened",)


def test_a_test_that_is_skipped_with_the_fix_proves_nothing() -> None:
    skipped = run(old="passed", shows="skipped")
    assert verdict(replace(GOOD, fixed=skipped, again=skipped)).reasons == (
        "new_test_red_with_fix",
    )


def test_a_new_test_that_flickers_proves_nothing() -> None:
    proof = verdict(replace(GOOD, again=run(old="passed", shows="failed")))

    assert proof.reasons == ("new_test_red_with_fix",)
    assert proof.flaky == (SHOWS,)


def test_an_old_test_that_flickers_is_not_worse() -> None:
    proof = verdict(replace(GOOD, again=run(old="failed", shows="passed")))
    assert (proof.reasons, proof.flaky) == ((), (OLD,))


def test_red_before_and_after_is_allowed() -> None:
    red = {"base": run(old="failed"), "base_new": run(old="failed", shows="failed")}
    green = run(old="failed", shows="passed")
    proof = verdict(replace(GOOD, **red, fixed=green, again=green))  # type: ignore[arg-type]

    assert proof.proven
    assert (proof.failed_before, proof.failed_after) == (1, 1)


def test_red_on_the_base_at_another_time_is_flaky() -> None:
    red = run(old="failed", shows="passed")
    runs = replace(GOOD, fixed=red, again=red)
    assert worse(runs) == {OLD}

    steady = replace(runs, again_on_base=[run(old="passed"), run(old="passed")])
    assert verdict(steady).reasons == ("suite_worse",)
    flaky = replace(runs, again_on_base=[run(old="passed"), run(old="failed")])
    assert verdict(flaky).flaky == (OLD,)
    assert verdict(flaky).proven


def test_an_endless_loop_on_the_base_is_a_failure() -> None:
    proof = verdict(replace(GOOD, base_new=run("timeout")))
    assert proof.fail_to_pass == (SHOWS,)


# --------------------------------------------------------- runners that tell only an exit code


def suite(base: str, base_new: str, fixed: str, again: str = "") -> Runs:
    return Runs(
        base=named({SUITE: base}),
        base_new=named({SUITE: base_new}),
        fixed=named({SUITE: fixed}),
        again=named({SUITE: again or fixed}),
    )


@pytest.mark.parametrize(
    ("runs", "reasons"),
    [
        (suite("passed", "failed", "passed"), ()),
        (suite("passed", "passed", "passed"), ("new_test_passes_on_base",)),
        (suite("passed", "failed", "failed"), ("new_test_red_with_fix", "suite_worse")),
        (suite("failed", "failed", "passed"), ("suite_does_not_run_on_base",)),
        (suite("passed", "failed", "passed", "failed"), ("new_test_red_with_fix",)),
    ],
)
def test_an_exit_code(runs: Runs, reasons: tuple[str, ...]) -> None:
    assert verdict(runs).reasons == reasons


def test_an_exit_code_in_the_place_of_a_report_is_worse() -> None:
    lost = replace(GOOD, fixed=named({SUITE: "passed"}), again=named({SUITE: "passed"}))
    assert "suite_worse" in verdict(lost).reasons


# ------------------------------------------------------------------ reports that name no files


def test_new_tests_show_by_what_they_add_on_the_base() -> None:
    runs = Runs(
        base=named({"test::old": "passed"}),
        base_new=named({"test::old": "passed", "test::new": "failed"}),
        fixed=named({"test::old": "passed", "test::new": "passed"}),
        again=named({"test::old": "passed", "test::new": "passed"}),
    )
    assert verdict(runs).fail_to_pass == ("test::new",)
    idle = replace(runs, base_new=named({"test::old": "passed", "test::new": "passed"}))
    assert verdict(idle).reasons == ("new_test_passes_on_base",)
