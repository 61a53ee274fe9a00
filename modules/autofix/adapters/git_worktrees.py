"""Mirrors of the mapped repositories, worktrees of them, and commits: with git, on this machine."""

import copy
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from modules.autofix.errors import Ended
from modules.autofix.job import Outcome
from modules.autofix.ports import Change, Clock, Remote
from modules.autofix.project import Project
from modules.outbound.clock import now
from modules.outbound.processes import Finished
from modules.safetext.limits import cut

from .file_lock import locked
from .git_calls import (
    REMOTE_S,
    Login,
    address_of,
    anonymous,
    ask,
    base_of,
    fetch,
    filling_disk,
    git,
    make_bare,
    no_base_branch,
    parked_if_away,
)
from .git_objects import commit_of, commit_tree, file_names, file_text, overlaid, recorded
from .safegit import (
    DIFF,
    REFS,
    folder_name,
    our_branch,
    parse_changes,
    push_args,
    release_names,
    sha,
    transport_env,
)
from .tree_places import (
    INDEX,
    Leave,
    Meanwhile,
    at_once,
    left_behind,
    placed,
    private_of,
    removed,
)

MOVED: Final = ("stale info", "cannot lock ref", "incorrect old value", "already exists")


class GitWorktrees:
    """Implements Repository below `home`: `mirrors/<repository>.git` and `worktrees/<random>`.

    Several processes may share it. The user's clone is only read, and only what is committed
    there. `login` gives the environment that fetches a private https URL (safegit.token_env).
    Any method raises Ended: git_missing, git_failed, disk_full.
    """

    def __init__(self, home: Path, *, login: Login = anonymous, clock: Clock = now) -> None:
        self._mirrors, self._trees = home.absolute() / "mirrors", home.absolute() / "worktrees"
        self._login, self._clock = login, clock
        self._leave: Leave = at_once
        self._files: tuple[Path, str, frozenset[str]] | None = None

    def mirror(self, project: Project) -> Path:
        """The bare repository that worktrees point to; whoever runs git in one must reach it."""
        return self._mirrors / f"{folder_name(address_of(project.repository))}.git"

    async def fetch(self, project: Project) -> str:
        """The commit of the base branch. Raises Ended: repository_missing, base_branch_missing;
        Parked while the host is away."""
        base, mirror = base_of(project.base_branch), self.mirror(project)
        address, login = address_of(project.repository), await self._login(project)
        with filling_disk():
            self._mirrors.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with locked(mirror.with_suffix(".lock")):
            if not mirror.is_dir():
                await make_bare(mirror, base="main")
            await fetch(mirror, address, *REFS, login=login, clock=self._clock)
        found = await commit_of(mirror, f"refs/remotes/origin/{base}^{{commit}}")
        if found is None:
            raise no_base_branch()
        return found

    async def files(self, project: Project, commit: str) -> frozenset[str]:
        """Kept for the commit last asked about: a repair asks twice, and it is 5,000 names."""
        mirror = self.mirror(project)
        if self._files is None or self._files[:2] != (mirror, commit):
            self._files = mirror, commit, await file_names(mirror, commit)
        return self._files[2]

    async def read(self, project: Project, commit: str, path: str) -> str | None:
        return await file_text(self.mirror(project), commit, path)

    async def resolve(self, project: Project, name: str) -> str | None:
        """Also of a release as Sentry spells it: `package@1.2.3+build`, `package@<sha>`."""
        return await commit_of(self.mirror(project), *release_names(name))

    @asynccontextmanager
    async def tree(self, project: Project, commit: str) -> AsyncIterator[Path]:
        with filling_disk():
            self._trees.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with placed(self.mirror(project), self._trees, commit, self._leave) as place:
            yield place

    @asynccontextmanager
    async def unhurried(self) -> AsyncIterator["GitWorktrees"]:
        other, meanwhile = copy.copy(self), Meanwhile()
        other._leave = meanwhile
        try:
            yield other
        finally:
            await meanwhile.done()

    async def commit(
        self, project: Project, tree: Path, *, base: str, message: str, keep: str
    ) -> str | None:
        """Raises Ended for what git cannot take in: submodule, odd_file."""
        mirror = self.mirror(project)
        written = await recorded(mirror, tree, private_of(mirror, tree) / INDEX, base)
        if written is None:
            return None
        return await commit_tree(mirror, written, base=base, message=message, keep=keep)

    async def overlay(
        self, project: Project, base: str, source: str, paths: tuple[str, ...], *, keep: str
    ) -> str:
        mirror = self.mirror(project)
        written = await overlaid(mirror, base, source, paths)
        message = "Some files as another commit has them, to be tested"
        return await commit_tree(mirror, written, base=base, message=message, keep=keep)

    async def changes(self, project: Project, base: str, commit: str) -> tuple[Change, ...]:
        how = (*DIFF, "--raw", "--numstat", "-z", sha(base), sha(commit))
        return parse_changes(await ask(self.mirror(project), *how))

    async def diff(self, project: Project, base: str, commit: str, *, cap: int) -> str:
        """At most `cap` characters, and how many more there are."""
        mirror = self.mirror(project)
        # By way of a file: a diff may be larger than the memory.
        with tempfile.NamedTemporaryFile(dir=mirror, prefix="diff-") as spool:
            how = (*DIFF, "--patch", "--full-index", f"--output={spool.name}")
            await ask(mirror, *how, sha(base), sha(commit))
            return cut(spool.read(4 * cap + 4).decode("utf-8", "replace"), cap)

    async def remote_head(self, project: Project, remote: Remote, branch: str) -> str | None:
        """Raises Ended: push_refused; Parked while the host is away."""
        ref = f"refs/heads/{our_branch(branch)}"
        how = ("ls-remote", "--quiet", "--end-of-options", remote.url, ref)
        done = await self._there(project, remote, *how)
        if done.code:
            raise self._refusal(done)
        found = (line.split("\t") for line in done.text.splitlines())
        return next((commit for commit, name in found if name == ref), None)

    async def push(
        self, project: Project, remote: Remote, branch: str, commit: str, *, expected: str
    ) -> None:
        """Raises Ended: branch_moved, push_refused; Parked while the host is away."""
        how = push_args(remote.url, commit, branch, expected)
        done = await self._there(project, remote, *how)
        if not done.code:
            return
        refusal = self._refusal(done)
        # A connection that broke after the push was applied makes curl send it again, and that
        # meets our own commit.
        moved = refusal.reason == "branch_moved"
        if not moved or await self.remote_head(project, remote, branch) != commit:
            raise refusal

    async def _there(self, project: Project, remote: Remote, *args: str) -> Finished:
        try:
            env = {**remote.env, **transport_env(remote.url)}
        except ValueError:
            told = "The forge's address is neither https nor a path on this machine."
            raise Ended(Outcome.ERROR, "push_refused", told) from None
        return await git(self.mirror(project), *args, env=env, seconds=REMOTE_S)

    def _refusal(self, done: Finished) -> Ended:
        if any(sign in done.text + done.log for sign in MOVED):
            told = "Somebody else works on the branch of this repair."
            return Ended(Outcome.ERROR, "branch_moved", told)
        parked_if_away(done, self._clock)
        told = "The forge refused: check the access, and the rules for branches."
        return Ended(Outcome.ERROR, "push_refused", told)

    async def sweep(self, older_than_s: float) -> int:
        """Remove what killed workers left behind; how many worktrees that were. One that a living
        worker has is never touched; the age spares those that are just being made."""
        before = (self._clock() - timedelta(seconds=older_than_s)).timestamp()
        found = left_behind(self._mirrors, self._trees, before)
        for folders in found:
            await removed(*folders)
        return len(found)
