"""A program that writes too much is ended, and the reason is told by whoever ran it."""

import sys
from pathlib import Path

from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.command_checks import CommandChecks
from modules.autofix.adapters.sandbox.cgroups import MB, Caps
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.adapters.sandbox.room import Room
from modules.autofix.ports import AgentTask
from modules.autofix.project import Project

SMALL = Plain(caps=Caps(room=16 * MB))
FILL = """
import os
for n in range(10**6):
    with open("grows", "wb" if n % 64 == 0 else "ab") as file:  # 256 MB at most
        file.write(os.urandom(4 << 20))
"""


def project(**more: object) -> Project:
    return Project.model_validate(
        {"key": "a", "slug": "a", "repository": "/srv/a", "junit": "x", **more}
    )


async def test_an_agent_that_fills_the_disk(tmp_path: Path) -> None:
    task = AgentTask(job="j", prompt="", previous_failure=None, turns=1, usd=1, seconds=60)

    found = project(agent_command=(sys.executable, "-c", FILL))
    ran = await CommandAgent(SMALL).run(found, task, tmp_path)

    assert ran.failure == "disk_quota"
    assert ran.usd == 1
    assert ran.seconds < 30


async def test_tests_and_a_set_up_that_fill_the_disk(tmp_path: Path) -> None:
    checks, fill = CommandChecks(tmp_path / "home", SMALL), (sys.executable, "-c", FILL)
    tree = tmp_path / "tree"
    tree.mkdir()

    by_tests = await checks.run(project(test_command=fill), tree, key="")
    by_set_up = await checks.run(project(setup_command=fill, test_command=("true",)), tree, key="")

    assert (by_tests.tests, by_tests.problem) == (None, "disk_quota")
    assert (by_set_up.tests, by_set_up.problem) == (None, "disk_quota")


def test_what_was_there_before_takes_no_room(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(bytes(MB))
    room = Room([tmp_path], most=0, spare=0)

    assert not room.overfull()


def test_what_others_write_takes_none_either(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    room = Room([own], most=4 * MB, spare=0)
    other.write_bytes(bytes(8 * MB))

    assert not room.overfull()


def test_a_disk_that_is_nearly_full_ends_every_run(tmp_path: Path) -> None:
    assert Room([tmp_path], most=MB, spare=1 << 62).overfull()
