"""What the settings come to: where things are kept, what may be spent, who is told, what is secret."""

import shlex
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from modules.autofix.project import (
    NAMES,
    BadProjects,
    Budget,
    Project,
    Projects,
    from_line,
    from_table,
)
from modules.tracker.rules import AllRules, from_tables

from .forges import app_key
from .settings import Settings

if TYPE_CHECKING:
    from modules.autofix.adapters.model_apis import ModelAccess, ModelApi
    from modules.autofix.adapters.notifications import Place

TOKEN_LENGTH: Final = 20  # of a path: shorter parts are numbers and names


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite:///{db_path(settings)}"


def db_path(settings: Settings) -> Path:
    if settings.db_path:
        return Path(settings.db_path).expanduser().absolute()
    return Path.home() / ".local/state/sentry-monitor/jobs.db"


def work_dir(settings: Settings) -> Path:
    if settings.work_dir:
        return Path(settings.work_dir).expanduser().absolute()
    return db_path(settings).with_suffix(".work")


def model_access(settings: Settings) -> "Mapping[ModelApi, ModelAccess]":
    from modules.autofix.adapters.model_apis import GOOGLE_URL, ModelAccess

    known = settings
    return {
        "anthropic": ModelAccess(base_url=known.anthropic_url, key=secret(known.anthropic_key)),
        "openai": ModelAccess(base_url=known.openai_url, key=secret(known.openai_key)),
        "google": ModelAccess(base_url=GOOGLE_URL, key=secret(known.gemini_key)),
    }


def program(name: str) -> str:
    """In full, where it can be found: the sandbox has another PATH than the operator."""
    own = str(Path.home() / ".local/bin")
    return shutil.which(name) or shutil.which(name, path=own) or name


def secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value is not None else None


def places_of(settings: Settings) -> "list[Place]":
    """Where people are told; a bot goes before a webhook."""
    places: list[Place] = []
    if settings.slack_token is not None:
        from modules.autofix.adapters.slack import SlackBot

        token = settings.slack_token.get_secret_value()
        places.append(SlackBot(token, settings.slack_channel, api=settings.slack_api))
    elif settings.slack_webhook is not None:
        from modules.autofix.adapters.slack import SlackWebhook

        places.append(SlackWebhook(settings.slack_webhook.get_secret_value()))
    if settings.notify_urls is not None:
        from modules.autofix.adapters.apprise_places import ApprisePlace

        places += map(ApprisePlace, settings.notify_urls.get_secret_value().split(","))
    return places


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """What no diff and no text may hold."""
    values = (
        settings.auth_token,
        settings.http_token,
        settings.slack_token,
        settings.github_token,
        settings.anthropic_key,
        settings.claude_token,
        settings.openai_key,
        settings.gemini_key,
        settings.linear_key,
        settings.jira_token,
        settings.webhook_legacy,
        *settings.webhook_secrets,
    )
    addresses = (settings.database_url, settings.slack_webhook, settings.notify_urls)
    known = [one.get_secret_value() for one in values if one is not None]
    for one in addresses:
        for address in one.get_secret_value().split(",") if one is not None else ():
            known += [address, *_secret_parts(address)]
    if settings.github_app_id:
        known.append(app_key(settings))
    return tuple(dict.fromkeys(known))


def _secret_parts(address: str) -> list[str]:
    """What is a secret on its own: a password, and long parts of a path (hooks of chats)."""
    try:
        parts = urlsplit(address)
        password = parts.password or ""
    except ValueError:  # apprise takes addresses that are no URLs
        return []
    long = [one for one in parts.path.split("/") if len(one) >= TOKEN_LENGTH]
    return [one for one in (password, unquote(password), *long) if one]


def budget(settings: Settings) -> Budget:
    return Budget(
        runs_a_day=settings.fixer_runs_a_day,
        usd_a_day=settings.fixer_usd_a_day,
        jobs_per_issue_minutes=settings.fixer_rate_limit_minutes,
        dedup_minutes=settings.fixer_dedup_minutes,
        jobs_an_hour=settings.fixer_jobs_an_hour,
    )


def read_projects(settings: Settings) -> Projects:
    """The file goes before the line. Raises BadProjects."""
    if settings.projects_file:
        return from_table(_toml(settings.projects_file), defaults=_defaults(settings))
    return from_line(settings.projects or "", defaults=_defaults(settings))


def read_rules(settings: Settings) -> AllRules:
    """What is tracked, of which projects. Raises BadProjects, BadRules."""
    given = _toml(settings.projects_file) if settings.projects_file else {}
    return from_tables(given, only=settings.tracker_projects)


def mapped(projects: Projects) -> str:
    """Whose errors are repaired, and where; or that nobody's are, and what to do."""
    named = [f"{one.slug} ({one.base_branch} of {one.repository})" for one in projects.projects]
    if named:
        return f"mapped projects: {', '.join(named)}"
    return f"no project is mapped, so no job can be taken in: set SENTRY_PROJECTS ({NAMES})"


def _toml(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise BadProjects(f"The projects file cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProjects(f"The projects file is no TOML: {error}.") from None


def _defaults(settings: Settings) -> dict[str, Any]:
    given: dict[str, Any] = {
        "agent_command": shlex.split(settings.fixer_agent or ""),
        "test_command": shlex.split(settings.fixer_test_command or ""),
        "base_branch": settings.base_branch,
    }
    fixed = {"run_tests": settings.fixer_run_tests, "max_retries": settings.fixer_max_retries}
    return {**fixed, **{name: value for name, value in given.items() if value}}


def prompt_of(project: Project) -> str:
    """The operator's file; nothing of the repository is read for it. Raises BadProjects."""
    if not project.prompt_file:
        return ""
    try:
        return Path(project.prompt_file).expanduser().read_text(encoding="utf-8")[:20_000]
    except OSError as error:
        raise BadProjects(
            f"The prompt file of project {project.key!r} cannot be read: {error.strerror}."
        ) from None
