"""Which repository a Sentry project's errors are fixed in, and within what limits."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.github.protocol import is_name

from .job import StopAt

HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::\d{1,5})?")
Agent = Literal["claude-code", "command", "acp", "opencode", "gemini", "codex", "aider"]


class BadProjects(ModuleError):
    """The mapping of projects to repositories cannot be used."""

    code = "bad_projects"
    category = Category.CONFIGURATION
    recovery = (
        "Correct SENTRY_PROJECTS or the file that SENTRY_PROJECTS_FILE names (docs/autofix.md)."
    )


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(_Table):
    """What one run, and one day, may take. Money in US dollars, times in seconds."""

    turns: int = Field(default=40, ge=1, le=500)
    usd: float = Field(default=2.0, gt=0, le=100)
    seconds: float = Field(default=1200, ge=1, le=14_400)
    test_seconds: float = Field(default=900, ge=1, le=14_400)
    runs_a_day: int = Field(default=5, ge=0)  # of this project
    open_pull_requests: int = Field(default=5, ge=0)  # of this repository
    files: int = Field(default=20, ge=1)
    lines: int = Field(default=600, ge=1)


class Filters(_Table):
    """An issue is worth a repair when any of these holds."""

    events_24h: int | None = Field(default=10, ge=1)
    levels: tuple[str, ...] = ("error", "fatal")
    priorities: tuple[str, ...] = ("high",)

    def admit(self, *, events: int, level: str, priority: str) -> bool:
        """Seed document 000: 10 events in 24 h, or level error or fatal, or priority high."""
        frequent = self.events_24h is not None and events >= self.events_24h
        return frequent or level in self.levels or priority in self.priorities


class Project(_Table):
    """One Sentry project and the repository, or part of one, that its code is in."""

    key: str = Field(pattern=r"[a-z0-9][a-z0-9_-]{0,63}")
    slug: str  # Sentry's project slug
    project_id: str | None = None
    repository: str = ""  # a clone on this machine, or an https URL; `github` instead is enough
    github: str = ""  # owner/name of the repository on GitHub
    forge: Literal["auto", "local", "github"] = "auto"  # where pull requests go
    ci_rounds: int = Field(default=2, ge=0, le=5)  # further attempts when its checks fail
    folder: str = ""  # where in the repository this project's code is
    base_branch: str = "main"
    setup_command: tuple[str, ...] = ()
    setup_hosts: tuple[str, ...] = ()  # hosts that the set-up may reach by https: package mirrors
    test_command: tuple[str, ...] = ()
    junit: str | None = None  # where the test command leaves JUnit XML; {junit} in it is replaced
    run_tests: bool = True
    agent: Agent = "claude-code"  # "command" where agent_command is given
    agent_command: tuple[str, ...] = ()
    agent_env: Mapping[str, str] = Field(default_factory=dict)  # more for agent_command; no secrets
    model_api: Literal["", "anthropic", "openai", "google"] = ""  # what the gateway leads to
    agent_model: str = Field(default="sonnet", pattern=r"[A-Za-z0-9][A-Za-z0-9._:@/\[\]-]{0,99}")
    agent_guide: bool = False  # CLAUDE.md or AGENTS.md of the base goes to the agent
    agent_name: str = ""  # what pull requests call it
    prompt_file: str | None = None
    blocked_paths: tuple[str, ...] = ()  # beyond those that are always blocked
    allowed_paths: tuple[str, ...] = ()  # of the default ones, those a repair may touch
    stop_at: StopAt = StopAt.PR
    filters: Filters = Filters()
    limits: Limits = Limits()
    max_retries: int = Field(default=3, ge=0, le=10)
    path_prefixes: tuple[str, ...] = ()  # taken off the paths of frames: /app/, webpack:///
    reads: tuple[str, ...] = ()  # more of this machine that agent and tests may read: a toolchain
    public: bool = False  # a public repository shows no values of events
    notify: bool = True  # false: nobody is told of its repairs
    slack_channel: str | None = Field(default=None, pattern=r"#?[A-Za-z0-9][A-Za-z0-9._-]{0,79}")

    @model_validator(mode="before")
    @classmethod
    def _by_command(cls, table: Any) -> Any:
        if isinstance(table, Mapping) and table.get("agent_command") and "agent" not in table:
            return {**table, "agent": "command"}
        return table

    @field_validator("repository")
    @classmethod
    def _one_spelling(cls, repository: str) -> str:
        """Runs of one repository go one after the other, however it is written."""
        return repository and (repository.rstrip("/") or "/")

    @field_validator("github")
    @classmethod
    def _named(cls, name: str) -> str:
        if name and not is_name(name):
            raise ValueError("must look like owner/name")
        return name

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.repository and not self.github:
            raise ValueError("repository or github must say where the code is")
        return self

    @field_validator("reads")
    @classmethod
    def _in_full(cls, reads: tuple[str, ...]) -> tuple[str, ...]:
        if any(
            not one.startswith("/") or PurePosixPath(one) == PurePosixPath("/") for one in reads
        ):
            raise ValueError("must be paths in full, and not the whole machine")
        return reads

    @field_validator("setup_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if any(not HOST.fullmatch(one) for one in hosts):
            raise ValueError("must be names of hosts, perhaps with a port: pypi.org")
        return tuple(one.lower() for one in hosts)

    @field_validator("folder")
    @classmethod
    def _inside(cls, folder: str) -> str:
        parts = PurePosixPath(folder).parts
        if folder.startswith("/") or ".." in parts:
            raise ValueError("must be a folder inside the repository")
        return "/".join(parts)


class Budget(_Table):
    """What all projects together may take."""

    runs_a_day: int = Field(default=25, ge=0)
    usd_a_day: float = Field(default=20.0, ge=0)
    jobs_per_issue_minutes: int = Field(default=60, ge=0)  # SENTRY_FIXER_RATE_LIMIT_MINUTES
    dedup_minutes: int = Field(default=30, ge=0)  # SENTRY_FIXER_DEDUP_MINUTES
    jobs_an_hour: int = Field(default=20, ge=0)  # that nobody asked for, of one project

    @property
    def rate_window(self) -> timedelta:
        return timedelta(minutes=self.jobs_per_issue_minutes)

    @property
    def dedup_window(self) -> timedelta:
        return timedelta(minutes=self.dedup_minutes)


class Projects(_Table):
    """The mapping, in the order it was written."""

    projects: tuple[Project, ...] = ()

    def of_slug(self, slug: str) -> Project | None:
        return next((one for one in self.projects if one.slug == slug), None)

    def of_sentry(self, slug: str, project_id: str) -> Project | None:
        """As a webhook names it: some tell the slug, some the number."""
        by_id = (one for one in self.projects if project_id and one.project_id == project_id)
        return next(by_id, None) or (self.of_slug(slug) if slug else None)

    def of_key(self, key: str) -> Project | None:
        return next((one for one in self.projects if one.key == key), None)


NAMES: Final = "key:projectId:projectSlug:repoPath"


def from_line(text: str, *, defaults: Mapping[str, Any]) -> Projects:
    """SENTRY_PROJECTS, `key:projectId:projectSlug:repoPath,…` (seed document 000).

    `defaults` fill the other fields. Raises BadProjects.
    """
    tables = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        parts = entry.split(":", 3)
        if len(parts) != len(NAMES.split(":")):
            raise BadProjects(f"An entry of SENTRY_PROJECTS has another form than {NAMES}.")
        key, project_id, slug, repository = parts
        named = {"key": key, "project_id": project_id or None, "slug": slug}
        tables.append({**defaults, **named, "repository": repository})
    return _read(tables)


def from_table(data: Mapping[str, Any], *, defaults: Mapping[str, Any]) -> Projects:
    """The parsed TOML file: `[defaults]` and one `[projects.<key>]` each. Raises BadProjects."""
    unknown = sorted(set(data) - {"defaults", "projects"})
    if unknown:
        raise BadProjects(f"The projects file has an unknown table: {unknown[0][:64]}.")
    shared = {**defaults, **_table(data, "defaults")}
    named = _table(data, "projects")
    tables = [{"slug": key, **shared, **_table(named, key), "key": key} for key in named]
    return _read([one for one in map(_repairs, tables) if one is not None])


def _repairs(table: dict[str, Any]) -> dict[str, Any] | None:
    """Without what the tracker reads (docs/tracker.md); None for a project that is there for its
    sake alone."""
    tracked = table.pop("tracker", None) is not None
    somewhere = table.get("repository") or table.get("github")
    return table if somewhere or not tracked else None


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, Mapping):
        raise BadProjects(f"{name[:64]!r} in the projects file must be a table.")
    return dict(found)


def _read(tables: Iterable[Mapping[str, Any]]) -> Projects:
    projects: list[Project] = []
    for table in tables:
        key = str(table.get("key"))[:64]
        try:
            project = Project.model_validate(table)
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))[:100]
            raise BadProjects(f"Project {key!r}: {where}: {first['msg']}") from None
        if any(one.key == key or one.slug == project.slug for one in projects):
            raise BadProjects(f"Project {key!r} stands there twice, or its slug does.")
        projects.append(project)
    return Projects(projects=tuple(projects))
