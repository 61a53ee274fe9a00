"""Every way in which a repair can go, and the verdict that is right for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from modules.autofix.job import Stage
from modules.autofix.project import Budget

from . import settings as given
from .bug import Bug
from .desks import Desk
from .verdict import Verdict
from .world import World

Prepare = Callable[[World, Desk], Awaitable[None]]
DEFAULTS: Final = Budget()
BEGUN: Final = ("investigating",)
TRIED: Final = (*BEGUN, "applying")
SHOWN: Final = (*TRIED, "reproduced")


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What an agent, a person or the world does, and what must come of it."""

    name: str
    expected: Verdict
    exit_code: Verdict | None = None  # the verdict where only the exit code tells about tests
    agent: str = "right"
    prepare: Prepare | None = None
    budget: Budget = DEFAULTS
    approve: bool = False  # a person does, as soon as the job waits
    dies_at: Stage | None = None

    def expected_of(self, bug: Bug) -> Verdict:
        return self.exit_code if self.exit_code and bug.by_exit_code else self.expected


def fixed(*, pulls: int = 1, attempts: int = 1) -> Verdict:
    return Verdict(
        status="succeeded", outcome="fixed", reason="proven", draft=False, pulls=pulls,
        notes=(*SHOWN, "fixed"), attempts=attempts, reasons=(), pushed=True,
    )  # fmt: skip


def draft(*reasons: str, shown: bool = False, tests: bool = True) -> Verdict:
    began = (SHOWN if shown else TRIED) if tests else BEGUN
    return Verdict(
        status="succeeded", outcome="draft", reason=reasons[0], draft=True, pulls=1,
        notes=(*began, "tests-failed"), attempts=1, reasons=reasons, pushed=True,
    )  # fmt: skip


def ended(outcome: str, reason: str, *notes: str, attempts: int = 0, pulls: int = 0) -> Verdict:
    """Without a pull request of ours."""
    failed = outcome in ("error", "blocked_path")
    return Verdict(
        status="failed" if failed else "succeeded", outcome=outcome, reason=reason,
        notes=notes, attempts=attempts, pulls=pulls,
    )  # fmt: skip


def tried(outcome: str, reason: str) -> Verdict:
    """The agent ran, but nothing of it can be used."""
    return ended(outcome, reason, *BEGUN, "ended", attempts=1)


def blocked(reason: str) -> Verdict:
    return tried("blocked_path", reason)


def declined(reason: str) -> Verdict:
    """Before the agent ran and before anything was told."""
    return ended("declined", reason)


def parked(reason: str, *notes: str) -> Verdict:
    return Verdict(status="parked", outcome=None, reason=reason, notes=notes)


def waits(*notes: str) -> Verdict:
    return Verdict(
        status="waiting", outcome=None, reason="waiting_for_decision", notes=notes, attempts=1
    )


def duplicate(reason: str) -> Verdict:
    return ended("duplicate_pr", reason, "existing", pulls=1)


def of_agent(name: str, expected: Verdict, exit_code: Verdict | None = None) -> Behaviour:
    return Behaviour(name=name, agent=name, expected=expected, exit_code=exit_code)


def of_world(
    prepare: Prepare, expected: Verdict, exit_code: Verdict | None = None, agent: str = "right"
) -> Behaviour:
    return Behaviour(
        name=prepare.__name__, prepare=prepare, expected=expected, exit_code=exit_code, agent=agent
    )


RED: Final = draft("new_test_red_with_fix", "suite_worse")
LOST: Final = draft("suite_worse", "tests_weakened", shown=True)
WEAKER: Final = draft("tests_weakened", shown=True)
NOT_USED: Final = tried("error", "no_report")

BY_AGENT: Final = (
    of_agent("right", fixed()),
    of_agent("in_place", fixed()),
    of_agent("without_git", fixed()),
    of_agent("wrong", RED),
    of_agent("no_test", draft("no_test")),
    of_agent("idle_test", draft("new_test_passes_on_base")),
    of_agent("only_tests", tried("declined", "no_change")),
    of_agent("deleted_test", LOST, WEAKER),
    of_agent("emptied_test", LOST, WEAKER),
    of_agent("worse", draft("suite_worse", shown=True), RED),
    of_agent("setup_file", draft("test_setup_changed", shown=True)),
    of_agent("blocked_path", blocked("blocked_path")),
    of_agent("symlink", blocked("symlink")),
    of_agent("through_link", NOT_USED),
    of_agent("submodule", blocked("submodule")),
    of_agent("executable", blocked("executable")),
    of_agent("binary", blocked("binary")),
    of_agent("huge", blocked("too_large")),
    of_agent("many_files", blocked("too_large")),
    of_agent("secret", blocked("secret_in_diff")),
    of_agent("own_secret", blocked("secret_in_diff")),
    of_agent("outside", NOT_USED),
    of_agent("patch", NOT_USED),
    of_agent("nonsense", NOT_USED),
    of_agent("crash", tried("error", "agent_crashed")),
    of_agent("dear", tried("error", "max_budget")),
    of_agent("long", tried("error", "max_turns")),
    of_agent("nothing", tried("declined", "no_change")),
    of_agent(
        "not_reproducible",
        ended("not_reproduced", "not_reproducible", *BEGUN, "not-reproduced", attempts=1),
    ),
    of_agent("advice", tried("declined", "action_recommended")),
    of_agent("cause", tried("declined", "cause_only")),
    of_agent("suspicious", tried("declined", "suspicious_input")),
    of_agent("closed", blocked("blocked_path")),
    of_agent("auth", parked("auth", *BEGUN)),
    of_agent("usage_limit", parked("usage_limit", *BEGUN)),
)
BY_WORLD: Final = (
    of_world(given.short_time, tried("error", "timeout"), agent="hang"),
    of_world(given.one_retry, fixed(attempts=2), agent="second_try"),
    of_world(given.flaky_with_fix, fixed(), draft("new_test_red_with_fix")),
    of_world(given.flaky_once, fixed(), draft("new_test_red_with_fix")),
    of_world(given.red_before, fixed(), draft("suite_does_not_run_on_base")),
    of_world(given.tests_off, draft("tests_not_run", tests=False)),
    of_world(
        given.no_test_command, ended("error", "test_command_missing", *TRIED, "ended", attempts=1)
    ),
    of_world(given.no_agent, tried("error", "agent_missing")),
    of_world(given.dirty_clone, fixed()),
    of_world(given.no_repository, ended("error", "repository_missing")),
    of_world(given.wrong_base, ended("error", "base_branch_missing")),
    of_world(given.our_branch, duplicate("our_branch")),
    of_world(given.our_marker, duplicate("our_marker")),
    of_world(given.similar_pr, duplicate("similar_pr")),
    of_world(given.unlike_prs, fixed(pulls=3)),
    of_world(
        given.many_open_prs,
        ended("declined", "budget_open_prs", pulls=1),
    ),
    of_world(given.moved_branch, replace(ended("error", "branch_moved"), pushed=True)),
    of_world(
        given.moved_meanwhile,
        replace(ended("error", "branch_moved", *SHOWN, "ended", attempts=1), pushed=True),
    ),
    of_world(given.forged_frames, declined("frames_not_in_repository")),
    of_world(given.forged_paths, declined("frames_not_in_repository")),
    of_world(given.old_release, declined("perhaps_fixed")),
    of_world(given.no_frames, declined("no_in_app_frames")),
    of_world(given.resolved, declined("not_unresolved")),
    of_world(given.rare, declined("below_threshold")),
    of_world(given.performance, declined("not_an_error")),
    of_world(given.elsewhere, declined("in_progress_elsewhere")),
    of_world(given.stale_note, fixed()),
    of_world(given.strangers_note, fixed()),
    of_world(given.no_runs_left, declined("budget_project")),
    of_world(given.paused, parked("paused")),
    of_world(given.stop_at_plan, waits(*BEGUN)),
    of_world(given.stop_at_diff, waits(*SHOWN)),
)
OTHERS: Final = (
    Behaviour(name="over_budget", budget=Budget(usd_a_day=1.0), expected=declined("budget_day")),
    Behaviour(
        name="plan_approved", prepare=given.stop_at_plan, approve=True, expected=fixed(attempts=2)
    ),
    Behaviour(name="diff_approved", prepare=given.stop_at_diff, approve=True, expected=fixed()),
    Behaviour(name="killed_after_agent", dies_at=Stage.GUARD, expected=fixed()),
    Behaviour(name="killed_after_proof", dies_at=Stage.PUBLISH, expected=fixed()),
    Behaviour(name="killed_after_push", dies_at=Stage.ANNOUNCE, expected=fixed()),
    Behaviour(name="killed_at_the_end", dies_at=Stage.DONE, expected=fixed()),
)
BEHAVIOURS: Final = (*BY_AGENT, *BY_WORLD, *OTHERS)
