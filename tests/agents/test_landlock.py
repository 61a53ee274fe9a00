"""Landlock holds as well, but for what it says it does not."""

import os
import socket
import sys
from pathlib import Path

import pytest

from fakes.loopback import always, answer, loopback
from modules.autofix.adapters.sandbox.gateway import Route, gateway
from modules.autofix.adapters.sandbox.landlock import Landlock
from modules.autofix.adapters.sandbox.place import Place, Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.outbound.processes import Finished

CONNECT = "import socket; print(socket.create_connection(('127.0.0.1', {port}), 3))"
UDP = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))"
ASK = (
    "import urllib.request as u, os; "
    "print(u.urlopen(u.Request(os.environ['API'] + '/v1/messages', b'{}')).read())"
)


async def said(box: Sandbox, place: Place, *argv: str, **env: str) -> Finished:
    return await box.run(argv, place, env=env, seconds=30)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("tree", "results", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other/secret.txt").write_text("canary")
    return Place(tree=tmp_path / "tree", results=tmp_path / "results")


@pytest.mark.parametrize("path", ["{other}/secret.txt", "/etc/shadow", "/proc/{pid}/environ"])
async def test_files_of_others_are_not_read(landlocked: Landlock, place: Place, path: str) -> None:
    path = path.format(other=place.tree.parent / "other", pid=os.getpid())

    held = await said(landlocked, place, "sh", "-c", f"cat {path}")
    control = await said(Plain(), place, "sh", "-c", f"cat {path}")

    assert (held.code, held.out) == (1, b"")
    assert b"Permission denied" in held.err
    assert control.code == 0


async def test_nothing_is_written_but_the_tree_and_the_results(
    landlocked: Landlock, place: Place
) -> None:
    view = landlocked.view(place)
    script = f"echo 1 > a; echo 1 > {view.results}/b; echo 1 > ../c; echo 1 > $HOME/d; cat $HOME/d"

    held = await said(landlocked, place, "sh", "-c", script)

    assert held.text == "1\n"
    assert (place.tree / "a").exists()
    assert place.results is not None
    assert (place.results / "b").exists()
    assert not (place.tree.parent / "c").exists()


@pytest.mark.parametrize("code", [CONNECT, UDP])
async def test_no_address_is_reached(landlocked: Landlock, place: Place, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        argv = (sys.executable, "-c", code.format(port=listener.getsockname()[1]))
        held = await said(landlocked, place, *argv)
        control = await said(Plain(), place, *argv)

    assert held.code == 1
    assert "Error" in held.log
    assert control.code == 0


async def test_the_gateway_is_the_one_way_out(landlocked: Landlock, place: Place) -> None:
    async with loopback(always(answer(body=b"from the model"))) as api:
        route = Route(path="/v1/messages", upstream=api.url, headers={"x-api-key": "the-key"})
        async with gateway([route]) as door:
            inside = Place(tree=place.tree, gateway=door)
            held = await said(landlocked, inside, sys.executable, "-c", ASK, API="{gateway}")

    assert "from the model" in held.text
    assert api.seen[0].headers["x-api-key"] == "the-key"


async def test_the_environment_is_built_from_nothing(landlocked: Landlock, place: Place) -> None:
    os.environ["CANARY"] = "canary"
    try:
        held = await said(landlocked, place, "env", OWN="1")
    finally:
        del os.environ["CANARY"]

    names = {line.split("=")[0] for line in held.text.splitlines()}
    assert names == {"PATH", "HOME", "TMPDIR", "LANG", "OWN"}


async def test_what_it_leaves_behind_ends_with_it(landlocked: Landlock, place: Place) -> None:
    script = "setsid sh -c 'sleep 60 & echo $! > pid; wait' & while ! test -s pid; do :; done"

    await said(landlocked, place, "sh", "-c", script)

    pid = int((place.tree / "pid").read_text())
    assert not os.path.exists(f"/proc/{pid}")  # noqa: ASYNC240, PTH110
