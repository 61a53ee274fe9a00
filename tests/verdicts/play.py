"""One run of the real pipeline on a bug, and everything that is wrong about its end."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fakes.clones import Clone
from modules.autofix.errors import Parked
from modules.autofix.job import Job
from modules.autofix.pipeline import run

from .behaviours import Behaviour
from .bug import Bug
from .desks import Desk, Killed, MemoryDesk, Mortal
from .verdict import Verdict
from .world import World, a_world

UNSETTLED: Final = ("waiting", "parked")


@dataclass(frozen=True)
class Played:
    """A run that is over."""

    bug: Bug
    behaviour: Behaviour
    seen: Verdict | None  # None where the run itself was broken off
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.behaviour.name} on {self.bug.name}: {'; '.join(self.faults) or 'right'}"


async def play(
    bug: Bug,
    behaviour: Behaviour,
    root: Path,
    desk: Desk,
    equip: Callable[[World], object] = lambda world: None,
) -> Played:
    """`equip` gives the world another agent, or other walls."""
    world = a_world(bug, behaviour.agent, root)
    equip(world)
    if behaviour.prepare is not None:
        await behaviour.prepare(world, desk)
    before = world.clone.fingerprint()
    job, parked = await _run(world, behaviour, desk)
    seen = await _seen(world, job, parked)
    expected = behaviour.expected_of(bug)
    faults = [*expected.differences(seen), *_left(world, before)]
    faults += _forge_faults(world, job, pushed=expected.pushed)
    if isinstance(desk, MemoryDesk) and seen.status not in UNSETTLED and desk.reserved:
        faults.append("money is still set aside")
    return Played(bug, behaviour, seen, tuple(faults))


async def _run(world: World, behaviour: Behaviour, desk: Desk) -> tuple[Job, str]:
    """The job as it is kept, and why it is parked."""
    job = await desk.begin(world.job, world.project)
    try:
        job = await _to_its_end(job, world, behaviour, desk)
        if behaviour.approve and job.status == "waiting":
            job = await run(await desk.approved(job), world.ports(desk.ledger))
    except Parked as parked:
        return await desk.kept(job.id), parked.reason
    return job, ""


async def _to_its_end(job: Job, world: World, behaviour: Behaviour, desk: Desk) -> Job:
    if behaviour.dies_at is None:
        return await run(job, world.ports(desk.ledger))
    try:
        await run(job, world.ports(Mortal(desk.ledger, behaviour.dies_at)))
    except Killed:
        return await run(await desk.taken_over(job), world.ports(desk.ledger))
    raise AssertionError(f"it never came to {behaviour.dies_at}")


async def _seen(world: World, job: Job, parked: str) -> Verdict:
    pulls = await world.forge.list(world.project)
    ours = [one for one in pulls if one.head == job.branch_name and job.id in one.body]
    return Verdict(
        status="parked" if parked else job.status.value,
        outcome=job.outcome.value if job.outcome else None,
        reason=parked or job.reason,
        draft=ours[0].draft if ours else None,
        pulls=len(pulls),
        notes=world.issues.stages(job),
        attempts=len(job.attempts),
        reasons=job.proof.reasons if job.proof else (),
    )


def _left(world: World, before: str) -> list[str]:
    """The user's clone is as it was, and nothing of ours stays behind."""
    faults = []
    if world.clone.fingerprint() != before:
        faults.append("the user's repository was changed")
    git = world.root / "git"
    if trees := [*git.glob("worktrees/*"), *git.glob("mirrors/*.git/worktrees/*")]:
        faults.append(f"{len(trees)} worktree(s) left behind")
    if (world.root / "git/outside.txt").exists() or [*world.root.glob("git/outside/*")]:
        faults.append("something was written outside of the worktree")
    return faults


def _forge_faults(world: World, job: Job, *, pushed: bool) -> list[str]:
    """Only the branch of the repair is pushed, and only where there is a pull request of ours."""
    bare = [Clone(path) for path in world.root.glob("forge/*/repo.git")]
    lines = [line for one in bare for line in one.git("show-ref").splitlines()]
    refs = {name: sha for sha, name in (line.split(" ") for line in lines)}
    ours = f"refs/heads/{job.branch_name or world.branch}"
    faults = []
    if (ours in refs) != pushed:
        faults.append("its branch is pushed" if ours in refs else "its branch is not pushed")
    if refs.keys() - {ours, "refs/heads/main"}:
        faults.append("another branch is pushed")
    if refs and refs["refs/heads/main"] != world.clone.git("rev-parse", "main"):
        faults.append("the base branch of the forge is another")
    return faults
