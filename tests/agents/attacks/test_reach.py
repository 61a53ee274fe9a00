"""Rows 1, 3, 4 and 25: what a command reaches beyond its worktree."""

import os
from pathlib import Path

import pytest

from agents.attacks.attempts import box, python, sh
from agents.attacks.outside import HOME, Outside
from agents.attacks.table import attack
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap, bwrap_argv
from modules.autofix.adapters.sandbox.place import Place
from modules.outbound.processes import run_guarded

TELL = """
import socket, sys
family, kind, address, said = sys.argv[1:]
family, kind = getattr(socket, family), getattr(socket, kind)
if family == socket.AF_INET:
    address = ("127.0.0.1", int(address))
elif address.startswith("@"):
    address = chr(0) + address[1:]
with socket.socket(family, kind) as line:
    line.connect(address)
    line.send(said.encode())
"""


@pytest.mark.parametrize("ear", ["tcp", "udp"])
@attack(1, "connect to an address, send a datagram", by="no network namespace")
async def test_the_network(held: bool, ear: str, tree: Path, world: Outside) -> None:
    kind = {"tcp": "SOCK_STREAM", "udp": "SOCK_DGRAM"}[ear]

    await python(box(held), Place(tree=tree), TELL, "AF_INET", kind, world.port(ear), world.canary)

    assert (world.canary.encode() in world.heard().get(ear, b"")) is not held


@attack(1, "reach a service by an abstract socket", by="no network namespace")
async def test_an_abstract_socket(held: bool, tree: Path, world: Outside) -> None:
    address = f"@{world.abstract}"

    await python(box(held), Place(tree=tree), TELL, "AF_UNIX", "SOCK_STREAM", address, "stolen")

    assert ("abstract" in world.heard()) is not held


@attack(3, "env, /proc/self/environ, /proc/*/environ", by="own processes, own environment")
async def test_environments(held: bool, tree: Path, world: Outside) -> None:
    script = "env; cat /proc/self/environ; cat /proc/*/environ"

    said = await sh(box(held), Place(tree=tree), script)

    assert (world.canary in said.text) is not held


@attack(3, "/proc/1/environ, the sandbox's own starter", by="bwrap starts with nothing")
async def test_the_environment_of_the_sandbox(held: bool, tree: Path, world: Outside) -> None:
    look = "cat /proc/1/environ"
    if held:
        said = await sh(Bubblewrap(), Place(tree=tree), look)
    else:
        argv = (*bwrap_argv(Place(tree=tree), env={}), "/bin/sh", "-c", look)
        said = await run_guarded(argv, cwd=tree, env={"TOKEN": world.canary}, seconds=20)

    assert (world.canary in said.text) is not held


@attack(4, "keys and logins in the home of the worker", by="a home of its own")
async def test_files_of_the_home(held: bool, tree: Path, world: Outside) -> None:
    named = " ".join(f"{world.home}/{name}" for name in HOME)

    said = await sh(box(held), Place(tree=tree), f"cat {named}; tar c {world.home}; ls -aR ~")

    assert (world.canary in said.text) is not held


@attack(4, "/etc/shadow", by="not mounted")
async def test_passwords_of_the_machine(held: bool, tree: Path) -> None:
    said = await sh(box(held), Place(tree=tree), "ls -l /etc/shadow")

    assert ("/etc/shadow" in said.text) is not held


@attack(4, "the socket of docker", by="not mounted")
async def test_a_socket_of_the_machine(held: bool, tree: Path, world: Outside) -> None:
    address = world.docker

    await python(box(held), Place(tree=tree), TELL, "AF_UNIX", "SOCK_STREAM", address, "run")

    assert ("docker" in world.heard()) is not held


@pytest.mark.parametrize("way", ["cat ../other/.env", "cat {}/.env", "ln -s {} out; cat out/.env"])
@attack(4, "the worktree of another job", by="not mounted")
async def test_other_trees(held: bool, way: str, tree: Path, world: Outside) -> None:
    said = await sh(box(held), Place(tree=tree), way.format(world.other_tree))

    assert (world.canary in said.text) is not held


@pytest.mark.parametrize("way", ["unshare --user true", "unshare -Urm mount -t tmpfs none /tmp"])
@attack(25, "a user namespace, and a mount in it", by="--disable-userns")
async def test_a_namespace_of_its_own(held: bool, way: str, tree: Path) -> None:
    argv = bwrap_argv(Place(tree=tree), env={})
    kept = [one for one in argv if held or one != "--disable-userns"]

    said = await run_guarded((*kept, "/bin/sh", "-c", way), cwd=tree, env={}, seconds=20)

    assert (said.code == 0) is not held, said.log


@pytest.mark.parametrize("way", ["mount -t tmpfs none /tmp", "mount -o remount,bind,rw /usr"])
@attack(25, "mount", by="no capabilities")
async def test_a_mount(held: bool, way: str, tree: Path) -> None:
    """The control is root in a namespace of its own."""
    argv = list(bwrap_argv(Place(tree=tree), env={}))
    if not held:
        argv.remove("--disable-userns")
        argv[(drop := argv.index("--cap-drop"))] = "--cap-add"
        argv[drop - 3] = argv[drop - 1] = "0"  # uid and gid

    said = await run_guarded((*argv, "/bin/sh", "-c", way), cwd=tree, env={}, seconds=20)

    assert (said.code == 0) is not held, said.log


ATTACH = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16
sys.exit(libc.ptrace(PTRACE_ATTACH, int(sys.argv[1]), None, None) != 0)
"""


def yama() -> str:
    try:
        return Path("/proc/sys/kernel/yama/ptrace_scope").read_text().strip()
    except FileNotFoundError:
        return "0"


@attack(25, "ptrace of a process of the worker", by="processes of its own")
async def test_another_process(held: bool, tree: Path, world: Outside) -> None:
    if not held and os.geteuid() and yama() != "0":
        pytest.skip("the kernel lets an ordinary user trace only its children")

    said = await python(box(held), Place(tree=tree), ATTACH, world.worker)

    assert (said.code == 0) is not held, said.log


@attack(25, "end the worker", by="processes of its own")
async def test_ending_the_worker(held: bool, tree: Path, world: Outside) -> None:
    said = await sh(box(held), Place(tree=tree), f"kill -0 {world.worker}")

    assert (said.code == 0) is not held, said.log
