"""Rows 17 and 18: what outlives its run, and what takes more than its share. Each control is
bounded by itself, so that the machine lives on."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from agents.attacks.attempts import box, processes, python, sh
from agents.attacks.table import attack
from modules.autofix.adapters.sandbox import cgroups
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.cgroups import MB, Caps
from modules.autofix.adapters.sandbox.place import Place
from modules.outbound.processes import run_guarded, run_plain

ENV = {"PATH": "/usr/bin:/bin"}
DAEMON = "(setsid sh -c '(sleep {seconds} & ) ; sleep {seconds}' >/dev/null 2>&1 &) ; sleep {stays}"
LARGE = Caps(memory=8192 * MB, processes=8192, file_size=8192 * MB)
FREE = Caps(spare=0)


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """Seconds that nobody else sleeps."""
    return f"31{abs(hash(str(tmp_path))) % 10**9}"


async def nobody_left(mark: str) -> bool:
    end = time.monotonic() + 2
    while any(processes(mark)) and time.monotonic() < end:  # noqa: ASYNC110 - init reaps them
        await asyncio.sleep(0.02)
    return not any(processes(mark))


def kill(pids: Iterable[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@attack(17, "a daemon by setsid and double fork", by="the process namespace dies")
async def test_a_daemon(held: bool, mark: str, tree: Path) -> None:
    script = DAEMON.format(seconds=mark, stays=0.3)
    if held:
        await sh(Bubblewrap(), Place(tree=tree), script)
    else:
        await run_plain(("/bin/sh", "-c", script), cwd=tree, env=ENV, seconds=20)
    try:
        assert await nobody_left(mark) is held
    finally:
        kill(processes(mark))


WORKER = """
import asyncio, sys
from pathlib import Path
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.place import Place
script, tree = sys.argv[1:]
argv = ("/bin/sh", "-c", script)
asyncio.run(Bubblewrap().run(argv, Place(tree=Path(tree)), env={}, seconds=60))
"""
CARELESS = "import subprocess, sys; subprocess.run(['/bin/sh', '-c', sys.argv[1]])"


@attack(17, "the worker killed with -9 meanwhile", by="guard and sandbox die with it")
async def test_a_killed_worker(held: bool, mark: str, tree: Path) -> None:
    script = DAEMON.format(seconds=mark, stays=mark)
    argv = [sys.executable, "-c", WORKER if held else CARELESS, script, str(tree)]
    env = {**ENV, "PYTHONPATH": str(Path(__file__).parents[3])}
    worker = await asyncio.create_subprocess_exec(*argv, env=env)
    while sum(1 for _ in processes(mark)) < 4:  # noqa: ASYNC110 - another process starts them
        await asyncio.sleep(0.02)
    worker.kill()
    await worker.wait()
    try:
        assert await nobody_left(mark) is held
    finally:
        kill(processes(mark))


FORKS = """
import os, signal
children = []
try:
    for _ in range(200):
        pid = os.fork()
        if not pid:
            signal.pause()
        children.append(pid)
except OSError:
    pass
print(len(children))
for pid in children:
    os.kill(pid, signal.SIGKILL)
"""


@attack(18, "a fork bomb", by="control group, RLIMIT_NPROC")
async def test_a_fork_bomb(held: bool, tree: Path) -> None:
    caps = Caps(processes=50) if held else LARGE

    said = await python(box(True, caps), Place(tree=tree), FORKS)

    assert (int(said.text) < 50) is held


MEMORY = "held = [bytearray(8 << 20) for _ in range(50)]; print('all of it')"


@attack(18, "400 MB of memory", by="control group, else RLIMIT_DATA")
async def test_memory(held: bool, tree: Path) -> None:
    caps = Caps(memory=128 * MB) if held else LARGE

    said = await python(box(True, caps), Place(tree=tree), MEMORY)

    assert ("all of it" in said.text) is not held


@attack(18, "400 MB where no control group can be made", by="RLIMIT_DATA")
async def test_memory_without_groups(
    held: bool, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "OWN", Path("/nonexistent"))
    caps = Caps(memory=128 * MB) if held else LARGE

    said = await python(box(True, caps), Place(tree=tree), MEMORY)

    assert ("all of it" in said.text) is not held


@attack(18, "one large file", by="RLIMIT_FSIZE")
async def test_a_large_file(held: bool, tree: Path) -> None:
    caps = Caps(file_size=16 * MB) if held else LARGE

    await sh(box(True, caps), Place(tree=tree), "head -c 64M /dev/zero > large; true")

    assert ((tree / "large").stat().st_size < 64 * MB) is held


@pytest.mark.parametrize("folder", ["$TMPDIR", "$HOME"])
@attack(18, "fill /tmp and the home", by="their size")
async def test_temporary_files(held: bool, folder: str, tree: Path) -> None:
    script = f'for n in 1 2 3 4; do head -c 16M /dev/zero > "{folder}/$n" || exit 1; done'
    caps = Caps(scratch=32 * MB) if held else LARGE

    said = await sh(box(True, caps), Place(tree=tree), script)

    assert (said.code != 0) is held


FILL = """
import os, sys, time
block = bytes(1 << 20)
for n in range(28):
    WRITE
    time.sleep(0.04)
print("all of it")
"""
FILLS = {
    "files": "open(f'{n}.bin', 'wb').write(block)",
    "a file that grows": "open('one.bin', 'ab').write(block)",
    "deep below": "os.mkdir('d' * 200); os.chdir('d' * 200); open('a.bin', 'wb').write(block)",
    "in a folder that is closed": (
        "os.makedirs('shut', exist_ok=True); os.chmod('shut', 0o700);"
        " open(f'shut/{n}', 'wb').write(block); os.chmod('shut', 0)"
    ),
}


@pytest.fixture
def disk() -> Iterator[Path]:
    """A worktree on a disk that hardly anybody else writes to."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        (Path(folder) / ".git").mkdir()
        yield Path(folder)


@pytest.mark.parametrize("way", FILLS)
@attack(18, "fill the disk by the worktree", by="its size is watched")
async def test_the_disk(held: bool, way: str, disk: Path) -> None:
    caps = Caps(room=6 * MB, spare=0) if held else FREE

    said = await python(box(True, caps), Place(tree=disk), FILL.replace("WRITE", FILLS[way]))

    assert said.overfull is held
    assert ("all of it" in said.text) is not held


@attack(18, "fill the disk by a file without a name", by="what must stay free")
async def test_a_file_without_a_name(held: bool, disk: Path) -> None:
    there = os.statvfs(disk)
    spare = there.f_bavail * there.f_frsize - 8 * MB
    write = "n or globals().update(f=open('x', 'wb')) or os.unlink('x'); f.write(block); f.flush()"
    caps = Caps(spare=spare) if held else FREE

    said = await python(box(True, caps), Place(tree=disk), FILL.replace("WRITE", write))

    assert said.overfull is held
    assert ("all of it" in said.text) is not held


@attack(18, "fill the disk with empty files", by="each counts 4 kB")
async def test_empty_files(held: bool, disk: Path) -> None:
    code = FILL.replace("WRITE", "[open(f'{n}-{m}', 'w').close() for m in range(200)]")
    caps = Caps(room=8 * MB, spare=0) if held else FREE

    said = await python(box(True, caps), Place(tree=disk), code)

    assert said.overfull is held


@attack(18, "endless output", by="a cap on what it says")
async def test_output(held: bool, tree: Path) -> None:
    cap = MB if held else 64 * MB

    said = await sh(box(True), Place(tree=tree), "yes | head -c 32M", cap=cap)

    assert said.cut is held
    assert (len(said.out) <= MB) is held


@attack(18, "never end", by="a deadline")
async def test_no_end(held: bool, tree: Path) -> None:
    seconds = 0.3 if held else 20.0

    said = await sh(box(True), Place(tree=tree), "sleep 1; echo the end", seconds=seconds)

    assert said.timed_out is held
    assert ("the end" in said.text) is not held


@attack(18, "report, and linger", by="3 s of grace")
async def test_lingering(held: bool, tree: Path) -> None:
    argv, place = ("/bin/sh", "-c", "echo report; sleep 4; echo later"), Place(tree=tree)
    over = (lambda said: 3.0 if b"report" in said else None) if held else None

    said = await Bubblewrap().run(argv, place, env={}, seconds=20, over=over)

    assert ("later" in said.text) is not held
    assert not said.timed_out


@attack(18, "endless output without an end", by="the cap ends it")
async def test_output_without_an_end(held: bool, tree: Path) -> None:
    """The control ends by itself, after as much as the cap would let pass."""
    script = "yes" if held else "yes | head -c 4M"

    said = await run_guarded(("/bin/sh", "-c", script), cwd=tree, env=ENV, seconds=20, cap=MB)

    assert said.timed_out is held
