"""Child processes end with whoever wanted them: at a deadline, at a cancel, and at their own end."""

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from modules.outbound.processes import Bounds, run_guarded

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
LEAVES = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(sys.argv[1], "w").write(str(os.getpid()))
        time.sleep(60)
    os._exit(0)
while not os.path.exists(sys.argv[1]) or not open(sys.argv[1]).read():
    time.sleep(0.01)
time.sleep(float(sys.argv[2]))
"""


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _gone(pid: int) -> bool:
    end = time.monotonic() + 5
    while is_there(pid) and time.monotonic() < end:  # noqa: ASYNC110 - init reaps it
        await asyncio.sleep(0.02)
    return not is_there(pid)


@pytest.mark.parametrize("stays_s", ["0", "60"])
async def test_a_daemon_of_its_own_session_ends_with_the_program(
    tmp_path: Path, stays_s: str
) -> None:
    note = tmp_path / "pid"
    argv = [sys.executable, "-c", LEAVES, str(note), stays_s]

    done = await run_guarded(argv, cwd=tmp_path, env=ENV, seconds=2)

    assert done.timed_out is (stays_s == "60")
    assert await _gone(int(note.read_text()))


async def test_a_cancelled_call_ends_all_of_them(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    argv = [sys.executable, "-c", LEAVES, str(note), "60"]
    call = asyncio.create_task(run_guarded(argv, cwd=tmp_path, env=ENV, seconds=60))
    while not note.exists() or not note.read_text():  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.02)

    call.cancel()
    await asyncio.wait({call}, timeout=10)

    assert call.cancelled()
    assert await _gone(int(note.read_text()))


async def test_what_it_is_fed_and_what_it_says(tmp_path: Path) -> None:
    done = await run_guarded(["cat"], cwd=tmp_path, env=ENV, seconds=10, feed=b"hello")

    assert (done.code, done.text, done.timed_out, done.cut) == (0, "hello", False, False)


async def test_nothing_of_our_environment_is_passed_on(tmp_path: Path) -> None:
    done = await run_guarded(["env"], cwd=tmp_path, env=ENV, seconds=10)

    names = {line.partition("=")[0] for line in done.text.splitlines()}
    assert names <= {"PATH", "LC_CTYPE"}


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    assert (await run_guarded(["no-such"], cwd=tmp_path, env=ENV, seconds=10)).missing


async def test_endless_output_is_ended_and_cut(tmp_path: Path) -> None:
    done = await run_guarded(["yes"], cwd=tmp_path, env=ENV, seconds=30, cap=1000)

    assert (len(done.out), done.cut) == (1000, True)
    assert done.seconds < 20


async def test_the_listener_hears_the_last_word(tmp_path: Path) -> None:
    """Much at once, and then the end: between two looks."""
    code = "import sys; sys.stdout.write('x' * 3_000_000 + 'the end')"
    heard = bytearray()

    await run_guarded(
        [sys.executable, "-c", code], cwd=tmp_path, env=ENV, seconds=20, over=heard.extend
    )

    assert len(heard) == 3_000_007
    assert heard.endswith(b"the end")


@pytest.mark.parametrize(("left_s", "code"), [(0.0, 143), (30.0, 5)])
async def test_what_has_said_all_has_as_long_as_the_listener_says(
    tmp_path: Path, left_s: float, code: int
) -> None:
    argv = ["/bin/sh", "-c", f"echo that is all; sleep {60 if code == 143 else 0.2}; exit 5"]

    done = await run_guarded(
        argv, cwd=tmp_path, env=ENV, seconds=20, over=lambda said: left_s if said else None
    )

    assert (done.code, done.timed_out, done.out) == (code, False, b"that is all\n")


async def test_a_program_and_its_children_are_bound(tmp_path: Path) -> None:
    code = "import resource as r; print(r.getrlimit(r.RLIMIT_FSIZE), r.getrlimit(r.RLIMIT_CORE))"
    argv = ["/bin/sh", "-c", f"{sys.executable} -c '{code}'; true"]

    done = await run_guarded(
        argv, cwd=tmp_path, env=ENV, seconds=20, bounds=Bounds(limits={"FSIZE": 4096, "CORE": 0})
    )

    assert done.text == "(4096, 4096) (0, 0)\n"


async def test_a_program_joins_its_control_groups(tmp_path: Path) -> None:
    """The kernel takes 0 for the process that writes it."""
    groups = (tmp_path / "memory", tmp_path / "pids")
    for group in groups:
        group.mkdir()

    await run_guarded(["true"], cwd=tmp_path, env=ENV, seconds=20, bounds=Bounds(cgroups=groups))

    assert [(group / "cgroup.procs").read_text() for group in groups] == ["0", "0"]


async def test_a_descriptor_is_passed_on_and_no_other(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.write(writes, b"said once")
    os.close(writes)
    code = "import os, sys; print(os.read(int(sys.argv[1]), 99), len(os.listdir('/proc/self/fd')))"
    argv = [sys.executable, "-c", code, str(reads)]
    try:
        done = await run_guarded(
            argv, cwd=tmp_path, env=ENV, seconds=20, bounds=Bounds(passed=(reads,))
        )
    finally:
        os.close(reads)

    assert done.text == "b'said once' 5\n"  # in, out, err, this one, and that of the list itself
