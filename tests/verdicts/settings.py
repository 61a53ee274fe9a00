"""How a world may be, apart from what the agent does: each changes one before the run."""

from collections.abc import Callable
from typing import Final

from modules.autofix.describe import issue_marker
from modules.autofix.job import CodeFrame, StopAt

from .desks import Desk
from .world import World

NOT_THERE: Final = "/nonexistent/program"
HALF_AN_HOUR_S: Final = 1800.0


async def short_time(world: World, _: Desk) -> None:
    world.limit(seconds=1)


async def one_retry(world: World, _: Desk) -> None:
    world.job = world.job.model_copy(update={"max_retries": 1})


async def flaky_with_fix(world: World, _: Desk) -> None:
    """Green on the base, red in both runs with the fix, then red on the base, too."""
    world.add_flaky([3, 4, 6])


async def flaky_once(world: World, _: Desk) -> None:
    world.add_flaky([3])


async def red_before(world: World, _: Desk) -> None:
    world.add_flaky(list(range(1, 20)))


async def tests_off(world: World, _: Desk) -> None:
    world.map(run_tests=False)


async def no_test_command(world: World, _: Desk) -> None:
    world.map(test_command=(NOT_THERE, "all"))


async def no_agent(world: World, _: Desk) -> None:
    world.map(agent_command=(NOT_THERE, "fix"))


async def dirty_clone(world: World, _: Desk) -> None:
    """On another branch, with work that is staged, not staged and not known to git."""
    clone = world.clone
    clone.git("switch", "--quiet", "--create", "wip")
    clone.commit({"wip.txt": "not finished\n"})
    for name in (world.bug.source, "wip.txt"):
        (clone.path / name).write_text("half a thought\n")
    clone.git("add", "wip.txt")
    (clone.path / "scratch.txt").write_text("not known\n")


async def no_repository(world: World, _: Desk) -> None:
    world.map(repository=str(world.root / "moved-away"))


async def wrong_base(world: World, _: Desk) -> None:
    world.map(base_branch="release/9")


async def our_branch(world: World, _: Desk) -> None:
    """Of an earlier job; closed ones count, too."""
    await world.propose(head=world.branch, body="by another job")
    await world.forge.close(world.project, 1)


async def our_marker(world: World, _: Desk) -> None:
    await world.propose(head="renamed", body=f"{issue_marker(world.job)}job=other -->")


async def similar_pr(world: World, _: Desk) -> None:
    """What a person called it, who saw the same issue."""
    told = f"{world.problem.title} {world.problem.culprit}"
    await world.propose(title=f"Fix {told}", head="by-hand", files=(world.bug.source,))


async def unlike_prs(world: World, _: Desk) -> None:
    """One has the words, another the file; neither is this fix."""
    await world.propose(head="words", title=world.problem.title, files=("README.md",))
    await world.propose(head="file", title="Sort imports", files=(world.bug.source,))


async def many_open_prs(world: World, _: Desk) -> None:
    world.limit(open_pull_requests=1)
    await world.propose(head="sentry-autofix/other-1")


async def moved_branch(world: World, _: Desk) -> None:
    """A person has pushed to the branch that would be ours."""
    (await _by_hand(world))()


async def moved_meanwhile(world: World, _: Desk) -> None:
    """A person pushes to the branch while the agent works."""
    world.issues.meanwhile = await _by_hand(world)


async def _by_hand(world: World) -> Callable[[], object]:
    """A commit of a person's, and the push of it."""
    there = await world.forge.remote(world.project)
    world.clone.commit({"by-hand.txt": "a person's\n"})
    commit = world.clone.git("rev-parse", "HEAD")
    world.clone.git("reset", "--quiet", "--hard", "HEAD~1")
    pushed = ("push", "--quiet", there.url, f"{commit}:refs/heads/{world.branch}")
    return lambda: world.clone.git(*pushed)


async def forged_frames(world: World, _: Desk) -> None:
    """Files that are here, with code that is not."""
    frames = [
        frame.model_copy(update={"context": "os.system(command)"}) for frame in world.problem.in_app
    ]
    world.tell(frames=tuple(frames))


async def forged_paths(world: World, _: Desk) -> None:
    paths = ("../../etc/passwd", "/etc/shadow", f"../{world.bug.source}")
    world.tell(frames=tuple(CodeFrame(path=path, function="main", line=1) for path in paths))


async def old_release(world: World, _: Desk) -> None:
    """The release has the line that raised; the base has it no more."""
    world.clone.git("tag", "1.0")
    raised = world.problem.in_app[-1].context.strip()
    text = world.bug.files[world.bug.source].replace(raised, "pass")
    world.clone.commit({world.bug.source: text})
    world.tell(release="1.0")


async def no_frames(world: World, _: Desk) -> None:
    world.tell(frames=tuple(one for one in world.problem.frames if not one.in_app))


async def resolved(world: World, _: Desk) -> None:
    world.tell(status="resolved")


async def rare(world: World, _: Desk) -> None:
    world.tell(level="info", events_last_day=2)


async def performance(world: World, _: Desk) -> None:
    world.tell(category="performance")


async def elsewhere(world: World, _: Desk) -> None:
    world.leave_note("job-elsewhere", age_s=60.0)


async def stale_note(world: World, _: Desk) -> None:
    world.leave_note("job-elsewhere", age_s=HALF_AN_HOUR_S + 60)


async def strangers_note(world: World, _: Desk) -> None:
    """Anybody can write what looks like our marker."""
    world.leave_note("job-elsewhere", age_s=60.0, mine=False)


async def no_runs_left(world: World, _: Desk) -> None:
    world.limit(runs_a_day=0)


async def paused(_: World, desk: Desk) -> None:
    await desk.pause()


async def stop_at_plan(world: World, _: Desk) -> None:
    world.job = world.job.model_copy(update={"stop_at": StopAt.PLAN})


async def stop_at_diff(world: World, _: Desk) -> None:
    world.job = world.job.model_copy(update={"stop_at": StopAt.DIFF})
