"""The last chapter: the bug becomes a pull request, on this machine, without an account."""

import asyncio
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modules.autofix.adapters.sandbox.bubblewrap import probe

from .processes import HERE, LocalSentry, bare, ended_with
from .stage import Stage

UNDER_WAY: Final = ("queued", "running")
PATIENCE_S, LOOK_S = 90, 0.3


@dataclass(frozen=True)
class Workplace:
    """A repository of the shop, and the settings that map the Sentry project to it."""

    folder: Path
    sandbox: str  # none where bubblewrap cannot hold anything: the agent is our own replay

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SENTRY_FIXER_ENABLED": "true",
            "SENTRY_PROJECTS_FILE": str(self.folder / "projects.toml"),
            "SENTRY_DB_PATH": str(self.folder / "jobs.db"),
            "SENTRY_FIXER_SANDBOX": self.sandbox,
            "SENTRY_TRACKER": "builtin",
        }


@asynccontextmanager
async def workplace(project: str) -> AsyncIterator[Workplace]:
    """The shop as a git repository in a folder of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="sentry-monitor-demo-") as folder:
        place = Path(folder)
        repository = place / "shop-repository"
        shutil.copytree(
            HERE / "shop", repository / "shop", ignore=shutil.ignore_patterns("__pycache__")
        )
        await _git(repository, "init", "--quiet", "--initial-branch=main")
        await _git(repository, "add", "--all")
        who = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
        await _git(repository, *who, "commit", "--quiet", "--message=The shop")
        tests = [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1"]
        (place / "projects.toml").write_text(
            f"[projects.{project}]\n"
            f'repository = "{repository}"\n'
            f"agent_command = {_strings(sys.executable, str(HERE / 'replayed_agent.py'))}\n"
            'agent_name = "replayed"\n'
            f"reads = {_strings(str(HERE))}\n"
            f"test_command = {_strings(*tests, '-p', 'no:cacheprovider', '--junitxml={junit}', 'shop')}\n"
        )
        yield Workplace(place, "none" if await probe() else "bubblewrap")


def _strings(*words: str) -> str:
    return f"[{', '.join(repr(word) for word in words)}]"


async def _git(folder: Path, *arguments: str) -> None:
    env = bare(HOME=str(folder), GIT_CONFIG_NOSYSTEM="1")
    git = await asyncio.create_subprocess_exec("git", *arguments, cwd=folder, env=env)
    if await git.wait() != 0:
        raise RuntimeError(f"git {arguments[0]} failed")


@asynccontextmanager
async def working(sentry: LocalSentry, place: Workplace) -> AsyncIterator[None]:
    """`sentry-monitor worker`, until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "mcp_servers.sentry_monitor", "worker"),
        cwd=HERE.parent,
        env=bare(**sentry.settings, **place.settings),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with ended_with(process):
        yield


async def repair(stage: Stage, issue: str, sentry: LocalSentry, place: Workplace) -> None:
    """From the issue to a pull request that waits for a person."""
    stage.step(
        "Let it be repaired",
        "A job is accepted at once. A worker makes a worktree, runs an agent (here: a program that "
        "REPLAYS A RECORDED FIX, no model), and believes only its own runs of the tests.",
    )
    text = await stage.call("autofix-issue", {"issue_id": issue})
    job = _job(text)
    async with working(sentry, place):
        await _until_done(stage, job)

    stage.step("What became of it?", "The verdict is our own: fails before, passes after.")
    text = await stage.call("get-autofix-job", {"job_id": job, "include": "diff"}, most=44)
    stage.expect("it is fixed", held="succeeded fixed" in text)
    stage.expect(
        "the new test fails without the fix and passes with it", held="proof: proven" in text
    )
    text = await stage.call("get-autofix-job", {"job_id": job, "include": "history"}, most=24)
    stage.expect("each step is in its history", held="prove done" in text)

    stage.step("The pull request", "For a person to review. Nothing here can merge it.")
    text = await stage.call("list-autofix-pull-requests", {"number": 1}, most=40)
    stage.expect("it is open, and no draft", held="#1 | open |" in text)
    stage.expect("it says that it must never be auto-merged", held="never be auto-merged" in text)

    stage.step("Once more?", "The same issue gets no second job and no second pull request.")
    text = await stage.call("autofix-issue", {"issue_id": issue})
    stage.expect("it is a duplicate", held="duplicate" in text and job in text)
    text = await stage.call("list-autofix-jobs", {})
    stage.expect("there is one job", held=text.startswith("1 job"))
    wrong = {"job_id": job, "decision": "approve"}
    text = await stage.call("decide-autofix-job", wrong, fails=True)
    stage.expect("what does not wait cannot be approved", held="not_waiting" in text)


def _job(text: str) -> str:
    found = re.search(r"job (\w{32})", text)
    return found[1] if found else ""


async def _until_done(stage: Stage, job: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await stage.client.call_tool("get-autofix-job", {"job_id": job})
            first = str(getattr(answer.content[0], "text", ""))
            if not any(f": {word}" in first.partition("\n")[0] for word in UNDER_WAY):
                return
            await asyncio.sleep(LOOK_S)
