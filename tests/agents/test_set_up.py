"""The set-up command: once, on the base, in the sandbox, and read-only from then on."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes.loopback import always, answer, loopback
from modules.autofix.adapters.agent_place import agent_place
from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.ports import AgentTask, TestRun
from modules.autofix.project import Project

SET_UP = """
mkdir -p vendor/lib && echo 'print("installed")' > vendor/lib/tool.py && touch vendor/run && chmod +x vendor/run
printf '#!/bin/sh\\necho run by the set-up\\n' > vendor/run
"""
BASE, OTHER = "a" * 40, "b" * 40
FILES = {"setup.sh": SET_UP, "requirements.txt": "tool==1\n", "test.sh": "exec vendor/run\n"}


@dataclass
class Ground:
    """A base commit as its files, and worktrees of it."""

    home: Path
    box: Bubblewrap
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    laid: int = 0

    def __post_init__(self) -> None:
        self.checks = CommandChecks(self.home / "checks", self.box)

    def project(self, **more: Any) -> Project:
        commands = {"setup_command": ("sh", "setup.sh"), "test_command": ("sh", "test.sh")}
        return Project.model_validate(
            {"key": "shop", "slug": "shop", "repository": "/srv/shop", **commands, **more}
        )

    def trees(self) -> AbstractAsyncContextManager[Path]:
        return self._tree()

    @asynccontextmanager
    async def _tree(self) -> AsyncIterator[Path]:
        self.laid += 1
        tree = self.home / f"tree-{self.laid}"
        for name, text in self.files.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        yield tree
        shutil.rmtree(tree)

    async def tested(self, project: Project, base: str = BASE) -> TestRun:
        async with self._tree() as tree:
            return await self.checks.run(project, tree, key="", base=base)


@pytest.fixture
def ground(tmp_path: Path, box: Bubblewrap) -> Ground:
    return Ground(tmp_path, box)


async def test_it_runs_once_and_serves_each_worktree(ground: Ground) -> None:
    project = ground.project()

    assert await ground.checks.prepare(project, BASE, ground.trees) == ""
    laid = ground.laid
    assert await ground.checks.prepare(project, BASE, ground.trees) == ""
    run = await ground.tested(project)

    assert ground.laid == laid + 1  # the one of the tests: nothing was set up a second time
    assert (run.exit_code, run.output) == (0, "run by the set-up")


async def test_the_agent_sees_it_and_cannot_change_it(ground: Ground) -> None:
    project = ground.project()
    await ground.checks.prepare(project, BASE, ground.trees)
    task = AgentTask(
        job="j", prompt="", previous_failure=None, turns=1, usd=1, seconds=20, base=BASE
    )

    async with ground.trees() as tree:
        place = agent_place(task, project, tree, ground.checks.mounts)
        said = await ground.box.run(
            ("sh", "-c", "cat vendor/lib/tool.py; echo evil > vendor/run"),
            place,
            env={},
            seconds=20,
        )

    assert "installed" in said.text
    assert "Read-only file system" in said.log
    assert (await ground.tested(project)).output == "run by the set-up"


async def test_it_is_another_where_what_it_depends_on_is_another(ground: Ground) -> None:
    project = ground.project()
    await ground.checks.prepare(project, BASE, ground.trees)
    ground.files["readme.md"] = "of no consequence"
    await ground.checks.prepare(project, OTHER, ground.trees)
    same = ground.checks.mounts(project, BASE) == ground.checks.mounts(project, OTHER)
    ground.files["requirements.txt"] = "tool==2\n"
    await ground.checks.prepare(project, "c" * 40, ground.trees)

    assert same
    assert ground.checks.mounts(project, "c" * 40) != ground.checks.mounts(project, BASE)


async def test_where_nothing_is_locked_each_commit_is_set_up(ground: Ground) -> None:
    del ground.files["requirements.txt"]
    project = ground.project()
    await ground.checks.prepare(project, BASE, ground.trees)
    await ground.checks.prepare(project, OTHER, ground.trees)

    assert ground.checks.mounts(project, BASE) != ground.checks.mounts(project, OTHER)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo no such package >&2; exit 3", "ended with 3: no such package"),
        ("sleep 30", "in time"),
    ],
)
async def test_what_fails_is_told(ground: Ground, script: str, told: str) -> None:
    ground.files["setup.sh"] = script
    project = ground.project(limits={"test_seconds": 1})

    why = await ground.checks.prepare(project, BASE, ground.trees)

    assert told in why
    assert ground.checks.mounts(project, BASE) == ()


async def test_it_reaches_the_mirrors_that_are_named_and_no_others(ground: Ground) -> None:
    ask = "import socket, sys; s = socket.create_connection(('127.0.0.1', 8080)); s.sendall(sys.argv[1].encode()); print(s.recv(300)); s.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n'); print(s.recv(300))"
    async with loopback(always(answer(body=b"a package"))) as mirror:
        address = mirror.url.removeprefix("http://")
        other = "127.0.0.1:9"
        lines = [
            f"/usr/bin/python3 -c \"{ask}\" 'CONNECT {host} HTTP/1.1\r\nhost: {host}\r\n\r\n' >> out/{n}"
            for n, host in enumerate((address, other))
        ]
        ground.files["setup.sh"] = "mkdir out; env > out/env\n" + "\n".join(lines) + "\ntrue\n"
        project = ground.project(setup_hosts=(address,))

        assert await ground.checks.prepare(project, BASE, ground.trees) == ""

    (mount,) = ground.checks.mounts(project, BASE)
    assert "a package" in (mount.host / "0").read_text()
    assert "403" in (mount.host / "1").read_text()
    assert "HTTPS_PROXY=http://127.0.0.1:8080" in (mount.host / "env").read_text()
    assert len(mirror.seen) == 1


async def test_a_link_that_it_leaves_leads_nowhere(ground: Ground) -> None:
    """A folder that is a link to another of this machine is not kept."""
    ground.files["setup.sh"] = "ln -s /etc secrets; mkdir vendor; ln -s /etc vendor/etc"
    project = ground.project(test_command=("sh", "-c", "ls vendor/etc; ls secrets"))
    await ground.checks.prepare(project, BASE, ground.trees)

    assert [one.inside for one in ground.checks.mounts(project, BASE)] == ["vendor"]
    assert "shadow" not in (await ground.tested(project)).output
