"""Every reason a job can end, wait or be a draft for, with what it means and what to do."""

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    # before anything is spent
    "disabled": "Autofix is switched off: set SENTRY_FIXER_ENABLED=true.",
    "paused": "The kill switch is on: `sentry-monitor autofix --resume` lifts it.",
    "unmapped_project": "No repository is mapped to this project: add it to SENTRY_PROJECTS.",
    "below_threshold": "The issue is too rare and too mild for the project's filters.",
    "not_unresolved": "The issue is not unresolved in Sentry.",
    "not_an_error": "The issue is of another category than error.",
    "no_in_app_frames": "No frame of the stack is the application's own.",
    "frames_not_in_repository": "The stack is not of this code: another release, or a forged event.",
    "perhaps_fixed": "The line that raised the error is gone from the base branch.",
    "rate_limited": "The issue had a job a short while ago.",
    "budget_day": "The day's runs or money are used up.",
    "budget_project": "The project's runs of the day are used up.",
    "budget_open_prs": "The repository has as many open pull requests of ours as it may have.",
    "in_progress_elsewhere": "Another instance works on it.",
    "attempts_used_up": "All attempts of this generation are used up.",
    # there is a fix already
    "our_branch": "There is a pull request of this branch already.",
    "our_marker": "A pull request carries the marker of this issue.",
    "similar_pr": "A pull request with the same words changes the same file.",
    # after the agent
    "not_reproducible": "The agent could not reproduce the error.",
    "external_cause": "The cause is outside this repository.",
    "configuration": "The cause is configuration, not code.",
    "needs_decision": "A person must decide something first.",
    "not_enough_context": "The event does not tell enough.",
    "suspicious_input": "The event asks for actions: look at it before anybody acts on it.",
    "action_recommended": "The agent recommends an action instead of a change of code.",
    "cause_only": "The agent found a cause, but no fix.",
    "no_change": "The agent reported a fix but changed nothing.",
    # guardrails
    "blocked_path": "The change touches a path that is closed to repairs.",
    "symlink": "The change makes a symbolic link.",
    "submodule": "The change adds a repository inside the repository.",
    "binary": "The change holds a binary file.",
    "too_large": "The change is larger than the limits.",
    "secret_in_diff": "The change holds something that looks like a secret.",
    "executable": "The change makes a new executable file.",
    "tests_weakened": "The change deletes, skips or weakens tests.",
    # proof
    "proven": "The new test fails without the fix and passes with it; nothing got worse.",
    "no_test": "There is no new test that shows the error.",
    "new_test_red_with_fix": "The new test fails even with the fix.",
    "new_test_passes_on_base": "The new test passes without the fix, so it shows nothing.",
    "new_test_errors_on_base": "The new test does not run without the fix, so it shows nothing.",
    "suite_worse": "Tests that passed before fail with the fix.",
    "test_setup_changed": "The change touches the set-up of the tests.",
    "suite_does_not_run_on_base": "The tests do not run on the base branch, either.",
    "new_tests_do_not_run_on_base": "The tests do not run with the new tests on the base branch.",
    "suite_does_not_run_with_fix": "The tests do not run with the fix.",
    "tests_not_run": "Tests are not run here (run_tests = false): CI must tell.",
    # errors
    "agent_missing": "The agent's program cannot be found: check agent_command.",
    "agent_crashed": "The agent's program failed.",
    "no_report": "The agent answered with nothing that can be understood.",
    "max_turns": "The agent used up its turns.",
    "max_budget": "The agent used up its money.",
    "timeout": "The agent did not end in time.",
    "disk_quota": "It wrote more to the disk than one run may, or the disk is nearly full.",
    "auth": "The agent is not logged in.",
    "usage_limit": "The agent's usage limit is reached.",
    "repository_missing": "The mapped repository cannot be read: check its path.",
    "base_branch_missing": "The repository has no such base branch: check base_branch.",
    "test_command_missing": "The test command cannot be found: check test_command.",
    "folder_missing": "The repository has no such folder: check the project's folder.",
    "branch_moved": "Somebody else works on the branch of this repair.",
    "push_refused": "The forge refused the push.",
    "forge_unavailable": "The forge does not answer.",
    "issue_missing": "Sentry does not know the issue.",
    "sentry_unavailable": "Sentry does not answer.",
    "git_missing": "There is no git on this machine: install it.",
    "git_failed": "A git command failed: the log tells which.",
    "odd_file": "The agent left a file that is neither file, folder nor link.",
    "disk_full": "The disk is full: make room, then retry.",
    "internal_error": "A defect of sentry-monitor: the log has its traceback; please report it.",
    # decisions
    "wont_fix": "A person decided not to fix it.",
    "waiting_for_decision": "It waits for a person: approve, guide, wont_fix, cancel.",
    "cancelled": "It was cancelled.",
}


def sentence(reason: str) -> str:
    """What a reason means; the reason itself where it is not known."""
    return REASONS.get(reason, reason)
