"""Settings, read once from an environment. Secrets are in no repr; every problem is told at once."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

from .setting_values import (
    READERS,
    github_problems,
    tracker_problems,
    url_problems,
    webhook_problems,
)


class BadSettings(ModuleError):
    """The settings are not usable."""

    code = "bad_settings"
    category = Category.CONFIGURATION


def _variable(*names: str, default: Any, description: str) -> Any:
    return Field(default=default, description=description, json_schema_extra={"env": list(names)})


class Settings(BaseModel):
    """What an operator can set. The first name is the documented one, the others are aliases."""

    model_config = ConfigDict(frozen=True)

    auth_token: SecretStr | None = _variable(
        "SENTRY_AUTH_TOKEN",
        "SENTRY_ACCESS_TOKEN",
        "SENTRY_TOKEN",
        default=None,
        description="Token of a user or an internal integration. Scopes: org:read, project:read, "
        "event:read; event:write to resolve, ignore and comment.",
    )
    url: str = _variable(
        "SENTRY_URL",
        "SENTRY_BASE_URL",
        "SENTRY_HOST",
        default="https://sentry.io",
        description="Root of the Sentry or GlitchTip server.",
    )
    org: str | None = _variable(
        "SENTRY_ORG_SLUG",
        "SENTRY_ORG",
        default=None,
        description="Organization slug; may be absent where the token sees only one.",
    )
    project: str | None = _variable(
        "SENTRY_PROJECT", default=None, description="Project slug for calls that name none."
    )
    timeout_s: float = _variable(
        "SENTRY_TIMEOUT", default=30.0, description="Total time of one operation, in seconds."
    )
    retry_attempts: int = _variable(
        "SENTRY_RETRY_ATTEMPTS",
        default=3,
        description="Attempts for a read; a change is never repeated once it may have been applied.",
    )
    show_personal: frozenset[str] = _variable(
        "SENTRY_SHOW_PERSONAL_DATA",
        default=frozenset(),
        description="Comma-separated: `email`, `ip`. Left out, both are redacted.",
    )
    allow_http: bool = _variable(
        "SENTRY_ALLOW_HTTP",
        default=False,
        description="`1` lets the token travel over plain http beyond this machine.",
    )
    http_token: SecretStr | None = _variable(
        "SENTRY_MONITOR_HTTP_TOKEN",
        default=None,
        description="Bearer token, 32 characters or more, for `serve` and `mcp --http`; needed beyond loopback.",
    )
    fixer_enabled: bool = _variable(
        "SENTRY_FIXER_ENABLED",
        default=False,
        description="`true` lets autofix accept and run jobs.",
    )
    projects: str | None = _variable(
        "SENTRY_PROJECTS",
        default=None,
        description="Which repository a project's errors are fixed in: "
        "`key:projectId:projectSlug:repoPath,…`.",
    )
    projects_file: str | None = _variable(
        "SENTRY_PROJECTS_FILE",
        default=None,
        description="The same and more as a TOML file (docs/autofix.md); it goes before "
        "SENTRY_PROJECTS.",
    )
    fixer_agent: str | None = _variable(
        "SENTRY_FIXER_AGENT_COMMAND",
        default=None,
        description="Program that finds and fixes, with its arguments; for projects that name none.",
    )
    fixer_test_command: str | None = _variable(
        "SENTRY_FIXER_TEST_COMMAND",
        default=None,
        description="Test command with its arguments, for projects that name none.",
    )
    fixer_run_tests: bool = _variable(
        "SENTRY_FIXER_RUN_TESTS",
        default=True,
        description="`false` leaves the tests to CI; every pull request is a draft then.",
    )
    fixer_max_retries: int = _variable(
        "SENTRY_FIXER_MAX_RETRIES",
        default=3,
        description="Further attempts after the first one failed.",
    )
    fixer_rate_limit_minutes: int = _variable(
        "SENTRY_FIXER_RATE_LIMIT_MINUTES",
        default=60,
        description="One job per issue within these minutes.",
    )
    fixer_dedup_minutes: int = _variable(
        "SENTRY_FIXER_DEDUP_MINUTES",
        default=30,
        description="The same request within these minutes is the same job.",
    )
    fixer_jobs_an_hour: int = _variable(
        "SENTRY_FIXER_JOBS_AN_HOUR",
        default=20,
        description="Jobs an hour that webhooks and polls begin, of one project; `0` for no bound.",
    )
    webhook_secrets: tuple[SecretStr, ...] = _variable(
        "SENTRY_WEBHOOK_SECRET",
        "SENTRY_CLIENT_SECRET",
        default=(),
        description="Client secret of the integration that sends webhooks to `serve`; several "
        "with commas, while one is changed for another. Without it no webhook is taken.",
    )
    webhook_legacy: SecretStr | None = _variable(
        "SENTRY_WEBHOOK_LEGACY_TOKEN",
        default=None,
        description="Opens `/webhooks/sentry/legacy/<this token>`, 32 characters or more.",
    )
    webhook_unsigned: bool = _variable(
        "SENTRY_WEBHOOK_ALLOW_UNSIGNED",
        default=False,
        description="`true` takes unsigned webhooks from this machine: for development.",
    )
    poll_interval_ms: int = _variable(
        "SENTRY_POLL_INTERVAL_MS",
        default=0,
        description="How often `serve` looks for what webhooks missed, in milliseconds "
        "(900000 is a quarter of an hour); `0` only when asked.",
    )
    tracker: Literal["off", "builtin", "github", "linear", "jira"] = _variable(
        "SENTRY_TRACKER",
        default="off",
        description="Where new, regressed and escalating errors become issues: `builtin` (no account), "
        "`github`, `linear`, `jira`; `off` for nowhere.",
    )
    tracker_prefix: str = _variable(
        "SENTRY_TRACKER_PREFIX",
        default="OPS",
        description="How issues of the builtin tracker are called: `OPS-1`, `OPS-2`, …",
    )
    tracker_projects: frozenset[str] = _variable(
        "SENTRY_TRACKER_PROJECTS",
        default=frozenset(),
        description="Comma-separated slugs of the projects whose errors are tracked; all if not set.",
    )
    otel_endpoint: str | None = _variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        default=None,
        description="Where `serve` and `worker` send traces by OTLP over HTTP, such as "
        "http://127.0.0.1:4318; needs the extra `otel`.",
    )
    fixer_usd_a_day: float = _variable(
        "SENTRY_FIXER_USD_A_DAY",
        default=20.0,
        description="What agents may cost a day, in US dollars, all projects together.",
    )
    fixer_runs_a_day: int = _variable(
        "SENTRY_FIXER_RUNS_A_DAY",
        default=25,
        description="Runs of agents a day, all projects together.",
    )
    fixer_sandbox: Literal["auto", "bubblewrap", "landlock", "container", "none"] = _variable(
        "SENTRY_FIXER_SANDBOX",
        default="auto",
        description="What holds agents and tests: `auto` (`bubblewrap`, else `landlock`, else nothing runs), "
        "`container` (an outer one isolates, on your word), `none`.",
    )
    claude_bin: str = _variable(
        "CLAUDE_BIN", default="claude", description="Claude Code's program, by name or in full."
    )
    anthropic_key: SecretStr | None = _variable(
        "ANTHROPIC_API_KEY",
        default=None,
        description='Key for Claude Code, and for agents with `model_api = "anthropic"`; it stays outside of the sandbox.',
    )
    claude_token: SecretStr | None = _variable(
        "CLAUDE_CODE_OAUTH_TOKEN",
        default=None,
        description="Token of a plan instead, as `claude setup-token` prints it.",
    )
    anthropic_url: str = _variable(
        "ANTHROPIC_BASE_URL",
        default="https://api.anthropic.com",
        description="Where the model's API is; plain http only on this machine.",
    )
    openai_key: SecretStr | None = _variable(
        "OPENAI_API_KEY",
        default=None,
        description='Key for agents with `model_api = "openai"`; it stays outside of the sandbox.',
    )
    openai_url: str = _variable(
        "OPENAI_BASE_URL",
        default="https://api.openai.com/v1",
        description="Where that API is, or one that speaks the same; ends in `/v1`.",
    )
    gemini_key: SecretStr | None = _variable(
        "GEMINI_API_KEY",
        default=None,
        description='Key for agents with `model_api = "google"`; it stays outside of the sandbox.',
    )
    base_branch: str | None = _variable(
        "GITHUB_BASE_BRANCH",
        default=None,
        description="Base branch, for projects that name none; `main` if not set.",
    )
    github_token: SecretStr | None = _variable(
        "GITHUB_TOKEN",
        default=None,
        description="Token for pull requests on GitHub: contents and pull requests (write), checks "
        "and commit statuses (read). docs/github.md.",
    )
    github_app_id: str | None = _variable(
        "GITHUB_APP_ID",
        default=None,
        description="Of a GitHub App, which goes before GITHUB_TOKEN; needs its private key.",
    )
    github_app_key: SecretStr | None = _variable(
        "GITHUB_APP_PRIVATE_KEY",
        default=None,
        description="The App's private key in PEM form; `\\n` may stand for the ends of lines.",
    )
    github_app_key_file: str | None = _variable(
        "GITHUB_APP_PRIVATE_KEY_FILE",
        default=None,
        description="File with the App's private key, in the place of the key itself.",
    )
    github_app_installation: int | None = _variable(
        "GITHUB_APP_INSTALLATION_ID",
        default=None,
        description="Installation of the App; found by the repository if not set.",
    )
    github_api_url: str = _variable(
        "GITHUB_API_URL",
        default="https://api.github.com",
        description="API of GitHub; of an Enterprise server `https://HOST/api/v3`.",
    )
    github_repo: str | None = _variable(
        "GITHUB_REPO",
        default=None,
        description="`owner/name` on GitHub: its issues are the tracker (docs/trackers.md; needs "
        "issues: write), its history tells the cause of errors of projects that are not mapped.",
    )
    linear_key: SecretStr | None = _variable(
        "LINEAR_API_KEY", default=None, description="Personal API key of Linear."
    )
    linear_team: str | None = _variable(
        "LINEAR_TEAM", default=None, description="Key of the team in Linear, such as `OPS`."
    )
    jira_url: str | None = _variable(
        "JIRA_URL", default=None, description="Root of Jira Cloud: `https://acme.atlassian.net`."
    )
    jira_email: str | None = _variable(
        "JIRA_EMAIL", default=None, description="Account that files the issues."
    )
    jira_token: SecretStr | None = _variable(
        "JIRA_API_TOKEN", default=None, description="API token of that account."
    )
    jira_project: str | None = _variable(
        "JIRA_PROJECT", default=None, description="Key of the project in Jira, such as `OPS`."
    )
    jira_issue_type: str = _variable(
        "JIRA_ISSUE_TYPE", default="Task", description="Type of the issues in Jira."
    )
    ca_file: str | None = _variable(
        "SSL_CERT_FILE",
        default=None,
        description="File with the certificate authorities to trust; git is told of it, too.",
    )
    db_path: str | None = _variable(
        "SENTRY_DB_PATH",
        default=None,
        description="SQLite file with the jobs; "
        "`~/.local/state/sentry-monitor/jobs.db` if not set.",
    )
    database_url: SecretStr | None = _variable(
        "SENTRY_DATABASE_URL",
        default=None,
        description="`postgresql://…` keeps the jobs there instead, for several workers.",
    )
    work_dir: str | None = _variable(
        "SENTRY_WORK_DIR",
        default=None,
        description="Folder for mirrors, worktrees and the local forge; beside the jobs if not set.",
    )

    slack_webhook: SecretStr | None = _variable(
        "SLACK_WEBHOOK_URL",
        default=None,
        description="Incoming webhook of Slack that tells what becomes of repairs "
        "(docs/notifications.md); a bot token goes before it.",
    )
    slack_token: SecretStr | None = _variable(
        "SLACK_BOT_TOKEN",
        default=None,
        description="The same by a bot, with a thread for each job. Scope: chat:write.",
    )
    slack_channel: str | None = _variable(
        "SLACK_CHANNEL_ID",
        default=None,
        description="The bot's channel, for projects that name none.",
    )
    slack_api: str = _variable(
        "SLACK_API_URL",
        default="https://slack.com/api",
        description="Root of Slack's API, elsewhere for GovSlack or a proxy; webhooks may go to its "
        "host, too.",
    )
    notify_urls: SecretStr | None = _variable(
        "SENTRY_FIXER_NOTIFY_URLS",
        default=None,
        description="Comma-separated URLs of apprise (Discord, Teams, mail, …); needs the extra "
        "`notify`.",
    )
    notify_kinds: tuple[str, ...] = _variable(
        "SENTRY_FIXER_NOTIFY",
        default=("pr_created", "failed", "waiting"),
        description="What is told, of: `pr_created`, `failed`, `waiting`, `duplicate`, `declined`; "
        "or `none`.",
    )

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty.

        Raises BadSettings, with every problem and without any value.
        """
        problems: list[str] = []
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            names = extra["env"] if isinstance(extra, dict) else []
            for variable in names if isinstance(names, list) else []:
                given = environ.get(str(variable), "").strip()
                if given and name not in values:
                    values[name] = _read(name, str(variable), given, problems)
        problems += url_problems(str(values.get("url") or ""), bool(values.get("allow_http")))
        problems += webhook_problems(values.get("slack_webhook"), values.get("slack_api"))
        problems += github_problems(values) + tracker_problems(values)
        if problems:
            raise BadSettings(
                f"{_count(problems)} cannot be used: {' '.join(problems)}",
                recovery="Correct the named environment variables; docs/configuration.md lists them.",
                details={"problems": problems},
            )
        return cls(**values)

    @property
    def org_token(self) -> bool:
        """Whether the token is an organization's, which can read no issues."""
        return self.auth_token is not None and self.auth_token.get_secret_value().startswith(
            "sntrys_"
        )

    @property
    def saas(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        return host == "sentry.io" or host.endswith(".sentry.io")


def _count(problems: list[str]) -> str:
    return f"{len(problems)} setting{'' if len(problems) == 1 else 's'}"


def _read(name: str, variable: str, given: str, problems: list[str]) -> Any:
    reader = READERS.get(name)
    if reader is None:
        return given
    value, problem = reader(given)
    if problem:
        problems.append(f"{variable} {problem}.")
    return value
