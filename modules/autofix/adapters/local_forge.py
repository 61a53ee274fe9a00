"""Pull requests in a folder: a forge without a network, for demonstrations and for one machine."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from modules.autofix.describe import comment_key
from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import Clock, Proposal, PullRequest, Remote
from modules.autofix.project import Project
from modules.autofix.review import CheckRun, Remark, Standing
from modules.outbound.clock import now

from .file_lock import locked
from .git_calls import Login, address_of, anonymous, base_of, fetch, filling_disk, make_bare
from .git_objects import commit_of
from .safegit import folder_name, our_branch, sha

STORED: Final[TypeAdapter[PullRequest]] = TypeAdapter(PullRequest)
CHECKS: Final[TypeAdapter[tuple[CheckRun, ...]]] = TypeAdapter(tuple[CheckRun, ...])


class LocalForge:
    """Implements Forge, Review and Pulls: `root/<repository>/repo.git`, `pulls/<number>.json`
    each, and `checks/<commit>.json` where somebody tells how checks went.

    Projects of the same repository share its pull requests. Several processes may use it at once.
    """

    def __init__(self, root: Path, *, login: Login = anonymous, clock: Clock = now) -> None:
        """`login` gives the environment that fetches a private https URL."""
        self._root, self._login, self._clock = root.absolute(), login, clock

    async def remote(self, project: Project) -> Remote:
        """Its bare repository, with the base branch as the mapped one has it. Raises Ended."""
        bare, base = self._bare(project), base_of(project.base_branch)
        login = await self._login(project)
        async with locked(self._lock(project)):
            if not bare.is_dir():
                await make_bare(bare, base=base)
            ref = f"refs/heads/{base}"
            address = address_of(project.repository)
            await fetch(bare, address, f"+{ref}:{ref}", login=login, clock=self._clock)
        return Remote(url=str(bare))

    async def find(self, project: Project, branch: str) -> PullRequest | None:
        return next((pull for pull in self._all(project) if pull.head == branch), None)

    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]:
        return tuple(
            pull
            for pull in self._all(project)
            if pull.state == "open" or (pull.closed_at is not None and pull.closed_at >= since)
        )

    async def files(self, project: Project, pull: PullRequest) -> tuple[str, ...]:
        return pull.files

    async def propose(self, project: Project, proposal: Proposal) -> PullRequest:
        """One that a person closed or merged comes back as it is: there is one for each head."""
        async with locked(self._lock(project)):
            found = await self.find(project, proposal.head)
            if found is not None and found.state != "open":
                return found
            pull = _updated(found, proposal) if found else self._new(project, proposal)
            return self._keep(project, pull)

    async def comment(self, project: Project, number: int, text: str) -> None:
        """Raises Ended where there is no such pull request."""
        async with locked(self._lock(project)):
            pull = self._known(project, number)
            if any(comment_key(text) in one for one in pull.comments):
                return
            self._keep(project, replace(pull, comments=(*pull.comments, text)))

    async def standing(self, project: Project, number: int) -> Standing:
        """Raises Ended where there is no such pull request."""
        pull = self._known(project, number)
        ref = f"refs/heads/{our_branch(pull.head)}"
        bare = self._bare(project)
        head = await commit_of(bare, f"{ref}^{{commit}}") if bare.is_dir() else None
        return Standing(state=pull.state, head=head or "", closed_at=pull.closed_at)

    async def remarks(self, project: Project, number: int) -> tuple[Remark, ...]:
        """All are ours: people do not write here."""
        comments = self._known(project, number).comments
        return tuple(Remark(text=text, mine=True) for text in comments)

    async def checks(self, project: Project, commit: str) -> tuple[CheckRun, ...]:
        path = self._checks(project, commit)
        return CHECKS.validate_json(path.read_bytes()) if path.exists() else ()

    async def report(self, project: Project, commit: str, *runs: CheckRun) -> None:
        """How the checks of a commit went, in the place of those that were told before."""
        path = self._checks(project, commit)
        with filling_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CHECKS.dump_json(runs, indent=2))

    async def list(self, project: Project) -> tuple[PullRequest, ...]:
        """Newest first."""
        return self._all(project)

    async def get(self, project: Project, number: int) -> PullRequest | None:
        return next((pull for pull in self._all(project) if pull.number == number), None)

    async def close(self, project: Project, number: int, *, merged: bool = False) -> PullRequest:
        """What a person decided; no code is merged here. Raises Ended where there is none."""
        async with locked(self._lock(project)):
            pull = self._known(project, number)
            state = "merged" if merged else "closed"
            return self._keep(project, replace(pull, state=state, closed_at=self._clock()))

    def _folder(self, project: Project) -> Path:
        return self._root / folder_name(address_of(project.repository))

    def _bare(self, project: Project) -> Path:
        return self._folder(project) / "repo.git"

    def _checks(self, project: Project, commit: str) -> Path:
        return self._folder(project) / "checks" / f"{sha(commit)}.json"

    def _lock(self, project: Project) -> Path:
        folder = self._folder(project)
        with filling_disk():
            (folder / "pulls").mkdir(parents=True, exist_ok=True)
        return folder / "lock"

    def _all(self, project: Project) -> tuple[PullRequest, ...]:
        pulls = map(_read, (self._folder(project) / "pulls").glob("[0-9]*.json"))
        return tuple(sorted(pulls, key=lambda pull: pull.number, reverse=True))

    def _known(self, project: Project, number: int) -> PullRequest:
        for pull in self._all(project):
            if pull.number == number:
                return pull
        told = f"The local forge has no pull request #{number}."
        raise Ended(Outcome.ERROR, "forge_unavailable", told)

    def _new(self, project: Project, proposal: Proposal) -> PullRequest:
        number = max((pull.number for pull in self._all(project)), default=0) + 1
        return PullRequest(
            number=number,
            url=f"local://{self._folder(project).name}/pulls/{number}",
            title=proposal.title,
            body=proposal.body,
            head=proposal.head,
            base=proposal.base,
            draft=proposal.draft,
            labels=proposal.labels,
            files=proposal.files,
            created_at=self._clock(),
        )

    def _keep(self, project: Project, pull: PullRequest) -> PullRequest:
        """Readers see the file before or after, never half of it."""
        path = self._folder(project) / "pulls" / f"{pull.number}.json"
        unfinished = path.with_suffix(".new")
        with filling_disk():
            unfinished.write_bytes(STORED.dump_json(pull, indent=2))
            unfinished.replace(path)
        return pull


def _updated(pull: PullRequest, proposal: Proposal) -> PullRequest:
    return replace(
        pull,
        title=proposal.title,
        body=proposal.body,
        base=proposal.base,
        draft=proposal.draft,
        labels=proposal.labels,
        files=proposal.files,
    )


def _read(path: Path) -> PullRequest:
    try:
        return STORED.validate_json(path.read_bytes())
    except ValidationError:
        told = f"{path.name} of the local forge is no pull request: correct or delete the file."
        raise Ended(Outcome.ERROR, "forge_unavailable", told) from None
