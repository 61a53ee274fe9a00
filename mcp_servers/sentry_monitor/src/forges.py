"""The forges of one process: settings to logins, clients and forges, each opened when it is needed."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from modules.autofix.doors import Access
from modules.autofix.errors import Ended, Parked
from modules.autofix.forges import settled
from modules.autofix.ports import PullRequest
from modules.autofix.project import Project, Projects
from modules.github.protocol import HEADERS, server_of

from .settings import Settings

if TYPE_CHECKING:
    from modules.autofix.adapters.github_forge import GitHubForge
    from modules.autofix.adapters.local_forge import LocalForge
    from modules.github.client import GitHubClient, Login, Wire
    from modules.outbound.messages import Sender

CONCURRENT: Final = 5  # "make requests serially" is GitHub's wish; it allows 100
TIMEOUT_S: Final = 20.0


class Forges:
    """Where each project's pull requests go. Implements Pulls."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self._settings, self._home = settings, home
        self._client: GitHubClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def github(self) -> bool:
        """Whether there is a login for GitHub."""
        return bool(self._settings.github_token or self._settings.github_app_id)

    def settled(self, projects: Projects) -> Projects:
        """Raises BadProjects."""
        web = server_of(self._settings.github_api_url).web
        each = (settled(one, web=web, login=self.github) for one in projects.projects)
        return Projects(projects=tuple(each))

    def of(self, project: Project) -> "LocalForge | GitHubForge":
        """Raises NoLogin."""
        return self._of_github() if project.forge == "github" else self._local()

    async def login(self, project: Project) -> Mapping[str, str]:
        """The environment that git fetches the project's repository with. Raises Ended, Parked."""
        if not (self.github and project.repository.startswith("https://") and project.github):
            return {}
        return await self._of_github().login(project)

    async def list(self, project: Project) -> tuple[PullRequest, ...]:
        return await self.of(project).list(project)

    async def access(self, projects: Projects) -> tuple[Access, ...]:
        """What the login may do with each repository on GitHub."""
        named = [one for one in projects.projects if one.github]
        return tuple([await self._access(project) for project in named])

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _access(self, project: Project) -> Access:
        plain = Access(project=project.key, repository=project.github, forge=project.forge)
        if not self.github:
            return plain
        try:
            await self._of_github().remote(project)
        except (Ended, Parked) as refusal:
            return Access(
                project=project.key,
                repository=project.github,
                forge=project.forge,
                reason=refusal.reason,
                message=refusal.message,
            )
        return plain

    def _local(self) -> "LocalForge":
        from modules.autofix.adapters.local_forge import LocalForge

        return LocalForge(self._home / "forge", login=self.login)

    def _of_github(self) -> "GitHubForge":
        """A client belongs to the event loop that made it; another loop gets its own."""
        from modules.autofix.adapters.github_forge import GitHubForge

        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = github_client(self._settings), loop
        return GitHubForge(self._client, ca_file=self._settings.ca_file)


def github_client(settings: Settings, *, for_issues: bool = False) -> "GitHubClient":
    """Raises NoLogin. A GitHub App is asked for what repairs need, or for issues alone."""
    from modules.github.client import GitHubClient, Wire

    wire = Wire(server_of(settings.github_api_url), connect=_connector(settings))
    return GitHubClient(wire, login=_login(settings, wire, for_issues))


def _login(settings: Settings, wire: "Wire", for_issues: bool) -> "Login":
    from modules.github.app_auth import FOR_ISSUES, NEEDED, WISHED
    from modules.github.errors import NoLogin
    from modules.github.logins import AppLogin, TokenLogin

    if settings.github_app_id:
        return AppLogin(
            wire,
            app_id=settings.github_app_id,
            private_key=app_key(settings),
            installation=settings.github_app_installation,
            needed=FOR_ISSUES if for_issues else NEEDED,
            wished=FOR_ISSUES if for_issues else WISHED,
        )
    if settings.github_token is None:
        raise NoLogin
    return TokenLogin(wire, settings.github_token.get_secret_value())


def app_key(settings: Settings) -> str:
    """The App's private key. Raises NoLogin where its file cannot be read."""
    from modules.github.errors import NoLogin

    if settings.github_app_key is not None:
        return settings.github_app_key.get_secret_value()
    try:
        return Path(settings.github_app_key_file or "").expanduser().read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise NoLogin("The file GITHUB_APP_PRIVATE_KEY_FILE names cannot be read.") from None


def _connector(settings: Settings) -> "Callable[[str], Sender]":
    from modules.github.client import read_wait_hint
    from modules.outbound.http_client import HttpClient
    from modules.outbound.messages import Rules
    from modules.outbound.pacing import Limits

    rules = Rules(
        timeout_s=TIMEOUT_S,
        attempts=settings.retry_attempts,
        limits=Limits(CONCURRENT),
        wait_hint=read_wait_hint,
    )
    origin = server_of(settings.github_api_url).origin

    def connect(authorization: str) -> "Sender":
        return HttpClient(origin, headers={**HEADERS, "authorization": authorization}, rules=rules)

    return connect
