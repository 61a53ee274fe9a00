"""Every reason a job can end, wait or be a draft for, with what it means and what to do."""

from collections.abc import Mapping
from typing import Final

from modules.framework.extras import install

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
    "in_progress_elsewhere": "Another instance works on it, says its note in Sentry, which counts for 30 minutes. "
    "Where none does, delete that note and retry.",
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
    "model_unavailable": "The API of the agent's model does not answer, or is overloaded.",
    "repository_missing": "The mapped repository cannot be read: check its path.",
    "base_branch_missing": "The repository has no such base branch: check base_branch.",
    "test_command_missing": "The test command cannot be found: check test_command.",
    "setup_failed": "The set-up command failed on the base branch: check setup_command and setup_hosts.",
    "sandbox_unavailable": "Nothing can hold the agent here: install bubblewrap (docs/sandbox.md).",
    "folder_missing": "The repository has no such folder: check the project's folder.",
    "branch_moved": "Somebody else works on the branch of this repair.",
    "push_refused": "The forge refused the push: give the login write access to contents, and let "
    "it push `sentry-autofix/*` where rules protect branches.",
    "forge_auth": "The forge does not accept the login: renew it; the job goes on by itself.",
    "forge_forbidden": "The forge's login may not do this: docs/github.md lists what it needs.",
    "forge_no_login": "The forge's login is missing or cannot be used: docs/github.md.",
    "forge_rate_limited": "The forge asks for fewer requests; the job goes on by itself.",
    "forge_unavailable": "The forge does not answer; the job goes on by itself.",
    "forge_refused": "The forge refuses the pull request: check base_branch.",
    "forge_bad_answer": "What answers is not the forge's API: check GITHUB_API_URL.",
    "repository_renamed": "The repository has a new name: write it into the mapping.",
    "repository_archived": "The repository is archived: unarchive it, or take it out.",
    # after the pull request
    "ci_red": "The checks of the pull request failed; the next attempt is told which.",
    "ci_not_mended": "The checks of the pull request failed, and further attempts are used up.",
    "people_at_work": "A person wrote or pushed to the pull request: it is theirs now.",
    "issue_missing": "Sentry does not know the issue.",
    "sentry_unavailable": "Sentry does not answer.",
    "git_missing": "There is no git on this machine: install it.",
    "git_failed": "A git command failed: the log tells which.",
    "odd_file": "The agent left a file that is neither file, folder nor link.",
    "disk_full": "The disk is full: make room, then retry.",
    "internal_error": "A defect of sentry-monitor: the log has its traceback; please report it.",
    # notifications: told in the job's history, which goes on
    "slack_auth": "Slack does not accept SLACK_BOT_TOKEN or SLACK_WEBHOOK_URL: make a new one.",
    "slack_scope": "The bot may not do this: give it the scope chat:write and install it again.",
    "slack_channel_missing": "Slack knows no such channel: check SLACK_CHANNEL_ID, slack_channel.",
    "slack_not_in_channel": "The bot is not in the channel: invite it there.",
    "slack_channel_archived": "The channel is archived: choose another one.",
    "slack_rate_limited": "Slack asks for fewer messages; this one was not sent.",
    "slack_refused": "Slack refused the message: please report it.",
    "slack_not_updated": "The reply is there, but the first message still tells the state before.",
    "notify_unreachable": "There is no connection to the place: check its address, the network and "
    "the proxy settings.",
    "slack_away": "Slack did not answer in time; the message may have arrived, and is not repeated.",
    "apprise_missing": f"SENTRY_FIXER_NOTIFY_URLS needs the extra: {install('notify')}.",
    "notify_url_unknown": "No service is known for this URL of SENTRY_FIXER_NOTIFY_URLS.",
    "notify_refused": "The service did not take the message: check its URL, and whether it is up.",
    "notify_away": "The service did not answer in time; the message is not repeated.",
    "notify_failed": "A defect of sentry-monitor: the log names it; please report it.",
    # decisions
    "wont_fix": "A person decided not to fix it.",
    "waiting_for_decision": "It waits for a person: approve, guide, wont_fix, cancel.",
    "cancelled": "It was cancelled.",
}


def sentence(reason: str) -> str:
    """What a reason means; the reason itself where it is not known."""
    return REASONS.get(reason, reason)
