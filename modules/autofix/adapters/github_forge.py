"""Pull requests on GitHub. The branch is the identity: there is one pull request for each head."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from modules.autofix.describe import comment_key
from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import Clock, Proposal, PullRequest, Remote
from modules.autofix.project import Project
from modules.autofix.reasons import sentence
from modules.autofix.review import CheckRun, Light, Remark, Standing
from modules.github import models, pulls, repositories
from modules.github.client import GitHubClient
from modules.github.errors import Away, Forbidden, Missing
from modules.outbound.clock import now
from modules.outbound.errors import OutcomeUnknown

from .github_proposals import proposed
from .github_words import in_words_of_a_repair
from .safegit import token_env

LISTED: Final = timedelta(days=30)
AT_PRESENT: Final = timedelta(minutes=1)  # nobody who asks "since now" means those closed since
WRITERS: Final = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
PASSED: Final = frozenset({"success", "neutral", "skipped"})
TOLD: Final = 4000  # characters of one check's output
OURS: Final = "sentry-autofix/"


class GitHubForge:
    """Implements Forge, Review and Pulls for projects that name a repository `github`.

    Every method raises Ended, Parked, with the reasons of docs/github.md.
    """

    def __init__(
        self, client: GitHubClient, *, ca_file: str | None = None, clock: Clock = now
    ) -> None:
        """`ca_file`: trusted certificate authorities for git, beyond the system's."""
        self._client, self._clock = client, clock
        self._tls = {"GIT_SSL_CAINFO": ca_file} if ca_file else {}

    async def login(self, project: Project) -> Mapping[str, str]:
        """The environment that git fetches with. A name that is wrong is told here, since git
        tells one thing for all of: renamed, archived, missing, no access."""
        with in_words_of_a_repair(self._clock):
            await self._repository(project)
            return await self._env(project)

    async def remote(self, project: Project) -> Remote:
        with in_words_of_a_repair(self._clock):
            found = await self._repository(project)
            if found.permissions is not None and not found.permissions.push:
                raise Ended(Outcome.ERROR, "push_refused", sentence("push_refused"))
            url = f"{self._client.server.web}/{project.github}.git"
            return Remote(url=url, env=await self._env(project), public=not found.private)

    async def find(self, project: Project, branch: str) -> PullRequest | None:
        with in_words_of_a_repair(self._clock):
            found = await pulls.find_pull(self._client, project.github, branch)
        return self._pull(project, found) if found else None

    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]:
        """Without their files, which would be a request for each."""
        with in_words_of_a_repair(self._clock):
            found = await pulls.open_pulls(self._client, project.github)
            if self._clock() - since > AT_PRESENT:
                found += await pulls.closed_pulls(self._client, project.github, since=since)
        return tuple(self._pull(project, pull) for pull in _newest_first(found))

    async def files(self, project: Project, pull: PullRequest) -> tuple[str, ...]:
        with in_words_of_a_repair(self._clock):
            return await pulls.changed_files(self._client, project.github, pull.number)

    async def propose(self, project: Project, proposal: Proposal) -> PullRequest:
        with in_words_of_a_repair(self._clock):
            pull = await proposed(self._client, project.github, proposal)
        return self._pull(project, pull)

    async def list(self, project: Project) -> tuple[PullRequest, ...]:
        """Ours of the last 30 days and all that are open, newest first."""
        found = await self.recent(project, since=self._clock() - LISTED)
        return tuple(pull for pull in found if pull.ours and pull.head.startswith(OURS))

    async def standing(self, project: Project, number: int) -> Standing:
        with in_words_of_a_repair(self._clock):
            pull = await pulls.get_pull(self._client, project.github, number)
        return Standing(
            state=_state(pull),
            head=pull.head.sha,
            merge_sha=pull.merge_commit_sha if pull.merged_at else None,
            closed_at=pull.merged_at or pull.closed_at,
        )

    async def remarks(self, project: Project, number: int) -> tuple[Remark, ...]:
        with in_words_of_a_repair(self._clock):
            me = await self._client.login.name()
            comments = await pulls.list_comments(self._client, project.github, number)
            reviews = await pulls.list_reviews(self._client, project.github, number)
        return tuple(_remark(one, me) for one in (*comments, *reviews))

    async def checks(self, project: Project, commit: str) -> tuple[CheckRun, ...]:
        """Check runs and commit statuses. What the login may not read is not there."""
        with in_words_of_a_repair(self._clock):
            try:
                runs = await repositories.list_checks(self._client, project.github, commit)
            except (Forbidden, Missing):
                runs = ()
            try:
                statuses = await repositories.list_statuses(self._client, project.github, commit)
            except (Forbidden, Missing):
                statuses = ()
        return (*map(_check, runs), *map(_status, statuses))

    async def comment(self, project: Project, number: int, text: str) -> None:
        """Looked for before and after: two workers may look at the same time and both write; then
        each removes what came after the first."""
        with in_words_of_a_repair(self._clock):
            if await self._written(project, number, text):
                return
            try:
                await pulls.add_comment(self._client, project.github, number, text)
            except (OutcomeUnknown, Away):
                if not await self._written(project, number, text):
                    raise
            else:
                await self._written(project, number, text)

    async def _written(self, project: Project, number: int, text: str) -> bool:
        """Whether it stands there, once then."""
        key, me = comment_key(text), await self._client.login.name()
        there = await pulls.list_comments(self._client, project.github, number)
        same = [one for one in there if key in (one.body or "") and _mine(one, me)]
        for extra in sorted(same, key=lambda one: one.id)[1:]:
            try:
                await pulls.remove_comment(self._client, project.github, extra.id)
            except Missing:
                continue  # the other worker removed it
        return bool(same)

    async def _repository(self, project: Project) -> models.Repository:
        found = await repositories.get_repository(self._client, project.github)
        if found.archived:
            raise Ended(Outcome.ERROR, "repository_archived", sentence("repository_archived"))
        return found

    async def _env(self, project: Project) -> dict[str, str]:
        token = await self._client.login.token(project.github)
        return {**token_env(self._client.server.web, token), **self._tls}

    def _pull(self, project: Project, pull: models.Pull) -> PullRequest:
        """Its address is made here: a link is not taken from an answer."""
        return PullRequest(
            number=pull.number,
            url=f"{self._client.server.web}/{project.github}/pull/{pull.number}",
            title=pull.title,
            body=pull.body or "",
            head=pull.head.ref,
            base=pull.base.ref,
            draft=pull.draft,
            state=_state(pull),
            labels=tuple(label.name for label in pull.labels),
            created_at=pull.created_at,
            closed_at=pull.closed_at,
            ours=pull.from_home,
        )


def _newest_first(found: list[models.Pull]) -> list[models.Pull]:
    return sorted(found, key=lambda pull: pull.number, reverse=True)


def _state(pull: models.Pull) -> str:
    return "merged" if pull.merged_at else pull.state


def _mine(remark: models.Remark, me: str) -> bool:
    """A workflow's token cannot tell whose it is; it writes as a bot."""
    user = remark.user or models.User()
    return user.login == me if me else user.bot


def _remark(remark: models.Remark, me: str) -> Remark:
    return Remark(
        text=remark.body or "",
        mine=_mine(remark, me),
        bot=(remark.user or models.User()).bot,
        writer=remark.author_association in WRITERS,
        at=remark.created_at or remark.submitted_at,
    )


def _check(run: models.Check) -> CheckRun:
    output = run.output
    told = "\n".join(filter(None, (output.title, output.summary, output.text)))
    light: Light = "pending"
    if run.status == "completed":
        light = "green" if run.conclusion in PASSED else "red"
    return CheckRun(name=run.name, light=light, told=told[:TOLD])


def _status(status: models.Status) -> CheckRun:
    lights: dict[str, Light] = {"success": "green", "pending": "pending"}
    light = lights.get(status.state, "red")
    return CheckRun(name=status.context, light=light, told=(status.description or "")[:TOLD])
