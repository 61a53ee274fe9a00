"""Pull requests in a folder: a forge without a network, for demonstrations and for one machine."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import Clock, Proposal, PullRequest, Remote
from modules.autofix.project import Project
from modules.outbound.clock import now

from .file_lock import locked
from .git_calls import address_of, base_of, fetch, filling_disk, make_bare
from .safegit import folder_name

STORED: Final[TypeAdapter[PullRequest]] = TypeAdapter(PullRequest)


class LocalForge:
    """Implements Forge and Pulls: `root/<repository>/repo.git` and `pulls/<number>.json` each.

    Projects of the same repository share its pull requests. Several processes may use it at once.
    """

    def __init__(self, root: Path, *, clock: Clock = now) -> None:
        self._root, self._clock = root.absolute(), clock

    async def remote(self, project: Project) -> Remote:
        """Its bare repository, with the base branch as the mapped one has it. Raises Ended."""
        bare, base = self._folder(project) / "repo.git", base_of(project.base_branch)
        async with locked(self._lock(project)):
            if not bare.is_dir():
                await make_bare(bare, base=base)
            ref = f"refs/heads/{base}"
            await fetch(bare, address_of(project.repository), f"+{ref}:{ref}", clock=self._clock)
        return Remote(url=str(bare))

    async def find(self, project: Project, branch: str) -> PullRequest | None:
        return next((pull for pull in self._all(project) if pull.head == branch), None)

    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]:
        return tuple(
            pull
            for pull in self._all(project)
            if pull.state == "open" or (pull.closed_at is not None and pull.closed_at >= since)
        )

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
            self._keep(project, replace(pull, comments=(*pull.comments, text)))

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
