"""How errors are repaired, and what that may cost."""

from typing import Literal

from pydantic import BaseModel, SecretStr

from .variable import variable


class RepairSettings(BaseModel):
    """How errors are repaired, and what that may cost."""

    fixer_enabled: bool = variable(
        "SENTRY_FIXER_ENABLED",
        default=False,
        description="`true` lets autofix accept and run jobs.",
    )
    projects: str | None = variable(
        "SENTRY_PROJECTS",
        default=None,
        description="Which repository a project's errors are fixed in: "
        "`key:projectId:projectSlug:repoPath,…`.",
    )
    projects_file: str | None = variable(
        "SENTRY_PROJECTS_FILE",
        default=None,
        description="The same and more as a TOML file (docs/autofix.md); it goes before "
        "SENTRY_PROJECTS.",
    )
    fixer_agent: str | None = variable(
        "SENTRY_FIXER_AGENT_COMMAND",
        default=None,
        description="Program that finds and fixes, with its arguments; for projects that name none.",
    )
    fixer_test_command: str | None = variable(
        "SENTRY_FIXER_TEST_COMMAND",
        default=None,
        description="Test command with its arguments, for projects that name none.",
    )
    fixer_run_tests: bool = variable(
        "SENTRY_FIXER_RUN_TESTS",
        default=True,
        description="`false` leaves the tests to CI; every pull request is a draft then.",
    )
    fixer_max_retries: int = variable(
        "SENTRY_FIXER_MAX_RETRIES",
        default=3,
        description="Further attempts after the first one failed.",
    )
    fixer_rate_limit_minutes: int = variable(
        "SENTRY_FIXER_RATE_LIMIT_MINUTES",
        default=60,
        description="One job per issue within these minutes.",
    )
    fixer_dedup_minutes: int = variable(
        "SENTRY_FIXER_DEDUP_MINUTES",
        default=30,
        description="The same request within these minutes is the same job.",
    )
    fixer_jobs_an_hour: int = variable(
        "SENTRY_FIXER_JOBS_AN_HOUR",
        default=20,
        description="Jobs an hour that webhooks and polls begin, of one project; `0` for no bound.",
    )
    fixer_usd_a_day: float = variable(
        "SENTRY_FIXER_USD_A_DAY",
        default=20.0,
        description="What agents may cost a day, in US dollars, all projects together.",
    )
    fixer_runs_a_day: int = variable(
        "SENTRY_FIXER_RUNS_A_DAY",
        default=25,
        description="Runs of agents a day, all projects together.",
    )
    fixer_sandbox: Literal["auto", "bubblewrap", "landlock", "container", "none"] = variable(
        "SENTRY_FIXER_SANDBOX",
        default="auto",
        description="What holds agents and tests: `auto` (`bubblewrap`, else `landlock`, else nothing runs), "
        "`container` (an outer one isolates, on your word), `none`.",
    )
    claude_bin: str = variable(
        "CLAUDE_BIN", default="claude", description="Claude Code's program, by name or in full."
    )
    anthropic_key: SecretStr | None = variable(
        "ANTHROPIC_API_KEY",
        default=None,
        description='Key for Claude Code, and for agents with `model_api = "anthropic"`; it stays outside of the sandbox.',
    )
    claude_token: SecretStr | None = variable(
        "CLAUDE_CODE_OAUTH_TOKEN",
        default=None,
        description="Token of a plan instead, as `claude setup-token` prints it.",
    )
    anthropic_url: str = variable(
        "ANTHROPIC_BASE_URL",
        default="https://api.anthropic.com",
        description="Where the model's API is; plain http only on this machine.",
    )
    openai_key: SecretStr | None = variable(
        "OPENAI_API_KEY",
        default=None,
        description='Key for agents with `model_api = "openai"`; it stays outside of the sandbox.',
    )
    openai_url: str = variable(
        "OPENAI_BASE_URL",
        default="https://api.openai.com/v1",
        description="Where that API is, or one that speaks the same; ends in `/v1`.",
    )
    gemini_key: SecretStr | None = variable(
        "GEMINI_API_KEY",
        default=None,
        description='Key for agents with `model_api = "google"`; it stays outside of the sandbox.',
    )
