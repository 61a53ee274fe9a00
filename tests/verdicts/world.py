"""What a run happens in: a user's clone with the bug, a Sentry issue, a local forge."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from fakes.autofix_jobs import NOW, a_job
from fakes.clones import Clone, new_clone
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.adapters.sandbox.place import Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.describe import branch_name, note, read_note_marker
from modules.autofix.job import Job, Problem
from modules.autofix.ports import AgentRunner, Ledger, Note, Ports, Proposal
from modules.autofix.project import Project

from .bug import HERE, Bug
from .desks import clock

AGENT: Final = (sys.executable, "-S", str(HERE / "agent.py"))
SECRET: Final = "token-engine-pilot"
# A file that no bug is about, and a test that holds it fast; by the suffix of the bug's source.
OTHER: Final[Mapping[str, dict[str, str]]] = {
    ".py": {
        "version.py": 'VERSION = "1.4"\n',
        "tests/test_version.py": "import unittest\n\nfrom version import VERSION\n\n\n"
        "class Version(unittest.TestCase):\n"
        '    def test_it_is_known(self):\n        self.assertEqual(VERSION, "1.4")\n',
    },
    ".mjs": {
        "version.mjs": "export const version = '1.4';\n",
        "test/version.test.mjs": "import assert from 'node:assert/strict';\n"
        "import test from 'node:test';\nimport { version } from '../version.mjs';\n\n"
        "test('the version is known', () => { assert.equal(version, '1.4'); });\n",
    },
    ".php": {
        "version.php": "<?php\n\nconst VERSION = '1.4';\n",
        "tests/VersionTest.php": "<?php\n\nrequire __DIR__ . '/../version.php';\n"
        "check(VERSION === '1.4', 'the version is known');\n",
    },
}
# A test that counts its runs outside the tree and is red in some of them.
FLAKY: Final[Mapping[str, tuple[str, str]]] = {
    ".py": (
        "tests/test_flaky.py",
        "import unittest\nfrom pathlib import Path\n\nCOUNT = Path('{count}')\n\n\n"
        "class Flaky(unittest.TestCase):\n    def test_it_depends(self):\n"
        "        runs = len(COUNT.read_text()) + 1 if COUNT.exists() else 1\n"
        "        COUNT.write_text('x' * runs)\n        self.assertNotIn(runs, {red})\n",
    ),
    ".mjs": (
        "test/flaky.test.mjs",
        "import assert from 'node:assert/strict';\nimport fs from 'node:fs';\n"
        "import test from 'node:test';\n\ntest('it depends', () => {{\n"
        "  fs.appendFileSync('{count}', 'x');\n"
        "  assert.ok(!{red}.includes(fs.readFileSync('{count}', 'utf8').length));\n}});\n",
    ),
    ".php": (
        "tests/FlakyTest.php",
        "<?php\n\nfile_put_contents('{count}', 'x', FILE_APPEND);\n"
        "check(!in_array(strlen(file_get_contents('{count}')), {red}), 'it depends');\n",
    ),
}


@dataclass
class Issues:
    """Implements ports.Issues: one issue, and its notes."""

    problem: Problem
    written: list[Note] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None  # what happens as soon as a first note is told

    async def gather(self, job: Job) -> Problem:
        return self.problem

    async def notes(self, problem: Problem) -> tuple[Note, ...]:
        return tuple(self.written)

    async def add_note(self, problem: Problem, text: str) -> bool:
        self.leave(text)
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return True

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        self.written[self.written.index(note)] = replace(note, text=text)
        return True

    def leave(self, text: str, *, mine: bool = True, age_s: float = 0.0) -> None:
        number = str(len(self.written) + 1)
        self.written.append(Note(id=number, text=text, mine=mine, age_s=age_s))

    def stages(self, job: Job) -> tuple[str, ...]:
        """What was told of a job, in order."""
        markers = [read_note_marker(one.text) for one in self.written]
        return tuple(one.stage for one in markers if one is not None and one.job == job.id)


@dataclass
class World:
    """All of it, in a folder of its own. What is set up first may be changed before the run."""

    bug: Bug
    root: Path
    clone: Clone
    project: Project
    job: Job
    issues: Issues
    forge: LocalForge
    box: Sandbox = field(default_factory=Plain)
    agent: AgentRunner | None = None  # else the project's command

    @property
    def problem(self) -> Problem:
        return self.issues.problem

    @property
    def branch(self) -> str:
        return branch_name(self.job, self.problem)

    def ports(self, ledger: Ledger) -> Ports:
        return Ports(
            issues=self.issues,
            repository=GitWorktrees(self.root / "git"),
            forge=self.forge,
            agent=self.agent or CommandAgent(self.box),
            checks=CommandChecks(self.root / "checks", self.box),
            ledger=ledger,
            now=clock,
            project=self.project,
            secrets=(SECRET,),
        )

    def tell(self, **changes: Any) -> None:
        """Sentry tells otherwise."""
        self.issues.problem = self.problem.model_copy(update=changes)

    def map(self, **changes: Any) -> None:
        """The operator configures otherwise."""
        self.project = Project.model_validate({**self.project.model_dump(), **changes})

    def limit(self, **limits: Any) -> None:
        self.map(limits={**self.project.limits.model_dump(), **limits})

    def add_flaky(self, red: list[int]) -> None:
        name, text = FLAKY[Path(self.bug.source).suffix]
        self.clone.commit({name: text.format(count=self.root / "runs-so-far", red=red)})

    async def propose(self, **other: Any) -> None:
        """A pull request that is there already."""
        plain = Proposal(
            title="Tidy the documentation",
            body="Commas.",
            head="tidy",
            base="main",
            draft=False,
            files=("README.md",),
        )
        await self.forge.propose(self.project, replace(plain, **other))

    def leave_note(self, job_id: str, *, age_s: float = 0.0, **how: Any) -> None:
        other = self.job.model_copy(update={"id": job_id})
        at = NOW - timedelta(seconds=age_s)
        self.issues.leave(note(other, "investigating", at), age_s=age_s, **how)


def a_world(bug: Bug, agent: str, root: Path) -> World:
    clone = new_clone(root / "clone")
    clone.commit({**bug.files, **OTHER[Path(bug.source).suffix]}, "The program")
    project = Project.model_validate(
        {
            "key": "shop",
            "slug": "shop",
            "repository": str(clone.path),
            "agent_command": (*AGENT, agent, str(bug.file)),
            "agent_name": "scripted",
            "test_command": bug.test_command,
            # Paths with a drive are of no repository until the operator says which folder it is.
            "path_prefixes": (bug.deployed,) if ":" in bug.deployed else (),
        }
    )
    job = a_job(f"job-{bug.name.replace('_', '-')}", bug.problem.issue_id, max_retries=0)
    forge = LocalForge(root / "forge", clock=clock)
    return World(bug, root, clone, project, job, Issues(bug.problem), forge)
