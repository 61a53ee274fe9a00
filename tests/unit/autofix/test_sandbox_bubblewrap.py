"""What bubblewrap is told to bind, and which sandbox is chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from modules.autofix.adapters.sandbox import bubblewrap, landlock
from modules.autofix.adapters.sandbox.bubblewrap import MOUNTS, Bubblewrap, bwrap_argv
from modules.autofix.adapters.sandbox.choice import NoSandbox, sandbox
from modules.autofix.adapters.sandbox.place import Place
from modules.autofix.adapters.sandbox.plain import Plain


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "src").mkdir(parents=True)
    (tree / ".git").write_text("gitdir: elsewhere\n")
    (tree / "src/auth.py").write_text("")
    return tree


def binds(argv: Sequence[str], how: str) -> dict[str, str]:
    """Where what is bound: place inside to place outside."""
    return {
        argv[at + 2]: argv[at + 1]
        for at, one in enumerate(argv)
        if one == how and not argv[at + 1].startswith(("/usr", "/etc"))
    }


def argv(tree: Path, *, env: dict[str, str] | None = None, **place: Any) -> tuple[str, ...]:
    return bwrap_argv(Place(tree=tree, **place), env=env or {})


@pytest.mark.parametrize(
    "flag",
    [
        "--unshare-all",  # no network, no processes, no IPC of this machine
        "--die-with-parent",
        "--new-session",  # nothing can be typed into a terminal
        "--disable-userns",
        "--clearenv",
    ],
)
def test_it_is_set_apart(tree: Path, flag: str) -> None:
    assert flag in argv(tree)


def test_the_worktree_may_be_written_and_nothing_else(tree: Path) -> None:
    told = argv(tree)

    assert binds(told, "--bind") == {"/repo": str(tree)}
    assert binds(told, "--ro-bind") == {"/repo/.git": f"{tree}/.git"}
    assert told[told.index("--chdir") + 1] == "/repo"
    assert told[-1] == "--"


def test_a_folder_for_results_may_be_written(tree: Path, tmp_path: Path) -> None:
    assert binds(argv(tree, results=tmp_path), "--bind")["/results"] == str(tmp_path)


def test_what_is_named_can_be_read_where_it_is(tree: Path, tmp_path: Path) -> None:
    told = bwrap_argv(Place(tree=tree, reads=(tmp_path,)), env={}, reads=(Path("/opt/x"),))

    given = binds(told, "--ro-bind")
    assert (given[str(tmp_path)], given["/opt/x"]) == (str(tmp_path), "/opt/x")


def test_it_starts_in_the_project_s_folder(tree: Path) -> None:
    told = argv(tree, folder="src")

    assert told[told.index("--chdir") + 1] == "/repo/src"


def test_closed_paths_are_bound_for_reading_after_the_tree(tree: Path) -> None:
    told = argv(tree, protected=("src/auth.py", "not/there.py"))

    assert binds(told, "--ro-bind")["/repo/src/auth.py"] == f"{tree}/src/auth.py"
    assert "/repo/not/there.py" not in told
    assert told.index(f"{tree}/src/auth.py") > told.index("/repo")


def test_of_very_many_closed_paths_some_are_left_to_the_diff(tree: Path) -> None:
    """bubblewrap takes 9,000 arguments, and its time grows with the square of the mounts."""
    names = [f"src/{number}.lock" for number in range(5000)]
    for name in names:
        (tree / name).touch()

    given = binds(argv(tree, protected=tuple(names)), "--ro-bind")

    assert len(given) == MOUNTS
    assert "/repo/.git" in given


@pytest.mark.parametrize("linked", ["src/auth.py", "src"])
def test_a_closed_path_that_is_a_link_is_not_followed(
    tree: Path, tmp_path: Path, linked: str
) -> None:
    """A mount would show what it leads to, which is not the repository's."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "auth.py").write_text("of this machine")
    (tree / "src/auth.py").unlink()
    if linked == "src":
        (tree / "src").rmdir()
        (tree / "src").symlink_to(outside)
    else:
        (tree / "src/auth.py").symlink_to(outside / "auth.py")

    told = argv(tree, protected=("src/auth.py",))

    assert "/repo/src/auth.py" not in told


def test_the_gateway_is_a_socket_and_a_program_that_leads_to_it(tree: Path, tmp_path: Path) -> None:
    given = binds(argv(tree, gateway=tmp_path / "gw.sock"), "--ro-bind")

    assert given["/run/gw.sock"] == str(tmp_path / "gw.sock")
    assert any(name.endswith("starter.py") for name in given)
    assert "/run/gw.sock" not in argv(tree)


def test_the_environment_is_built_from_nothing(tree: Path) -> None:
    told = argv(tree, env={"CI": "1"})
    given = {told[at + 1]: told[at + 2] for at, one in enumerate(told) if one == "--setenv"}

    assert given == {"HOME": "/home/agent", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "CI": "1"}  # noqa: S108


def test_the_tree_has_another_path_inside(tree: Path, tmp_path: Path) -> None:
    view = Bubblewrap().view(Place(tree=tree, results=tmp_path))

    assert (view.tree, view.results) == ("/repo", "/results")


@pytest.mark.parametrize("wish", ["container", "none"])
async def test_less_is_had_only_for_the_asking(wish: Any) -> None:
    box = await sandbox(wish)

    assert isinstance(box, Plain)
    assert box.name == wish
    assert ("on the operator's word" if wish == "container" else "none:") in box.means


def probes(monkeypatch: pytest.MonkeyPatch, **told: str) -> None:
    for name, module in (("bubblewrap", bubblewrap), ("landlock", landlock)):

        async def probe(why: str = told[name]) -> str:
            return why

        monkeypatch.setattr(module, "probe", probe)


@pytest.mark.parametrize("wish", ["auto", "bubblewrap", "landlock"])
async def test_without_walls_nothing_runs(monkeypatch: pytest.MonkeyPatch, wish: Any) -> None:
    probes(monkeypatch, bubblewrap="it is not there", landlock="it is not there")

    with pytest.raises(NoSandbox) as problem:
        await sandbox(wish)

    assert "There is no sandbox: it is not there" in str(problem.value)
    assert "SENTRY_FIXER_SANDBOX=container" in problem.value.recovery


@pytest.mark.parametrize(
    ("wish", "bubblewrap_says", "expected"),
    [("auto", "", "bubblewrap"), ("auto", "no", "landlock"), ("landlock", "", "landlock")],
)
async def test_the_best_there_is_holds(
    monkeypatch: pytest.MonkeyPatch, wish: Any, bubblewrap_says: str, expected: str
) -> None:
    probes(monkeypatch, bubblewrap=bubblewrap_says, landlock="")

    assert (await sandbox(wish)).name == expected
