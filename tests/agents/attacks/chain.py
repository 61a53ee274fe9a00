"""A repair with real parts and an agent that is a shell script: its steps one by one, so that a
control can leave one out."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fakes.clones import Clone, new_clone
from fakes.pipeline_ports import MemoryIssues, MemoryLedger
from fakes.repairs import NOW
from fakes.repairs import job as a_job
from fakes.repairs import problem as a_problem
from modules.autofix import attempt, proving, steps
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.place import Sandbox
from modules.autofix.describe import branch_name
from modules.autofix.job import Job, Problem, Stage
from modules.autofix.ports import Ports, PullRequest
from modules.autofix.project import Project

SUITE: Final = (sys.executable, str(Path(__file__).with_name("suite.py")))
BROKEN: Final = "def average(xs):\n    return sum(xs) / len(xs)\n"
OLD: Final = "from calc import average\n\n\ndef test_two():\n    assert average([1, 3]) == 2\n"
FILES: Final = {
    "calc.py": BROKEN,
    "tests/test_calc.py": OLD,
    "app/migrations/0001.py": "the first\n",
    "uv.lock": "locked\n",
    "package.json": '{"scripts": {"test": "jest"}}\n',
}
REPORT: Final = {
    "classification": "code_fix",
    "root_cause": "the list may be empty",
    "explanation": "average divides by the length",
    "confidence": 0.9,
}
# What an honest agent does; the attack comes after it.
FIX: Final = """\
echo 'def average(xs):\n    return sum(xs) / len(xs) if xs else 0' > calc.py
echo 'from calc import average\n\n\ndef test_none():\n    assert average([]) == 0' > tests/test_none.py
"""


@dataclass
class Chain:
    """`secrets` are ours; `report` is what the agent says in the end."""

    folder: Path
    sandbox: Sandbox = field(default_factory=Bubblewrap)
    secrets: tuple[str, ...] = ()
    report: dict[str, Any] = field(default_factory=lambda: dict(REPORT))
    problem: Problem = field(default_factory=a_problem)
    more: dict[str, Any] = field(default_factory=dict)  # of the project

    def __post_init__(self) -> None:
        self.clone: Clone = new_clone(self.folder / "shop")
        self.clone.commit(dict(FILES))
        self.script = self.folder / "agent.sh"
        self.repository = GitWorktrees(self.folder / "git")
        self.forge = LocalForge(self.folder / "forge")

    @property
    def project(self) -> Project:
        told = {"key": "web", "slug": "web", "repository": str(self.clone.path)}
        command = ("/bin/sh", str(self.script))
        return Project.model_validate(
            {**told, "agent_command": command, "test_command": (*SUITE, "{junit}"), **self.more}
        )

    @property
    def ports(self) -> Ports:
        return Ports(
            issues=MemoryIssues(),
            repository=self.repository,
            forge=self.forge,
            agent=CommandAgent(self.sandbox),
            checks=CommandChecks(self.folder / "checks", self.sandbox),
            ledger=MemoryLedger(),
            now=lambda: NOW,
            project=self.project,
            secrets=self.secrets,
        )

    async def fixed(self, attack: str, *, honest: str = FIX) -> Job:
        """After the agent's run, an honest fix and then the attack."""
        answer = json.dumps({"protocol": 1, "report": self.report})
        self.script.write_text(f"exec 3>&1 >&2\n{honest}{attack}\ncat >&3 <<'EOF'\n{answer}\nEOF\n")
        job = a_job(problem=self.problem, base_sha=await self.repository.fetch(self.project))
        told = {"branch_name": branch_name(job, self.problem), "stage": Stage.FIX, "max_retries": 0}
        return await attempt.fix(job.model_copy(update=told), self.ports)

    async def guarded(self, job: Job) -> Job:
        return await attempt.guard(job, self.ports)

    async def proved(self, job: Job) -> Job:
        return await proving.prove(job, self.ports)

    async def published(self, job: Job) -> PullRequest:
        done = await steps.publish(job, self.ports)
        pull = await self.forge.get(self.project, done.pr_number or 0)
        assert pull is not None
        return pull

    async def pushed(self) -> Clone:
        """Where pull requests go."""
        remote = await self.forge.remote(self.project)
        return Clone(Path(remote.url))

    async def attacked(self, attack: str, *, guard: bool, **more: Any) -> tuple[Job, bool]:
        """The job after the guard, or without it; and whether its branch came to the forge."""
        job = await self.fixed(attack, **more)
        assert job.stage is Stage.GUARD, job.error_message
        job = await self.guarded(job) if guard else job
        if job.outcome is None:
            await self.published(job)
        branches = (await self.pushed()).git("branch", "--list", "sentry-autofix/*")
        return job, bool(branches)
