"""What of this machine a program is let have: all that it is part of, and never a home."""

import sys
from pathlib import Path

import pytest

from modules.autofix.adapters.agent_place import agent_place, nothing
from modules.autofix.adapters.sandbox.place import Mount, Place
from modules.autofix.adapters.sandbox.programs import found, named_files, needs
from modules.autofix.ports import AgentTask
from modules.autofix.project import Project

TASK = AgentTask(
    job="job-1",
    prompt="Fix it.",
    previous_failure=None,
    turns=1,
    usd=1.0,
    seconds=1.0,
    reads=(Path("/srv/mirror"),),
)


def a_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o755)
    return path


def a_python(root: Path) -> Path:
    """As pyenv and the like install one."""
    (root / "lib/python3.11").mkdir(parents=True)
    return a_file(root / "bin/python3")


def test_a_program_by_itself_needs_itself(tmp_path: Path) -> None:
    program = a_file(tmp_path / "home/tools/claude")

    assert needs(program) == (program,)


def test_a_link_needs_what_it_leads_to(tmp_path: Path) -> None:
    """As the installer of Claude Code leaves it: a link in ~/.local/bin to a version elsewhere."""
    real = a_file(tmp_path / "home/.local/share/claude/versions/2.1.330")
    link = tmp_path / "home/.local/bin/claude"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)

    assert needs(link) == (link, real)


def test_an_interpreter_needs_its_libraries(tmp_path: Path) -> None:
    root = tmp_path / "home/.pyenv/versions/3.11.7"
    program = a_python(root)

    assert needs(program) == (program, root / "bin", root / "lib")


def test_a_virtual_environment_needs_its_interpreter_too(tmp_path: Path) -> None:
    root, base = tmp_path / "work/.venv", tmp_path / "home/.pyenv/versions/3.11.7"
    python = a_python(base)
    (root / "bin").mkdir(parents=True)
    (root / "bin/python").symlink_to(python)
    (root / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.11.7\n")

    assert needs(root / "bin/python") == (root, python, base / "bin", base / "lib")


def test_what_is_installed_for_one_user_gives_only_the_interpreter_s_own(tmp_path: Path) -> None:
    """~/.local/lib has more in it than a Python."""
    root = tmp_path / "home/.local"
    program = a_python(root)
    a_file(root / "lib/secrets/token")

    assert needs(program) == (program, root / "bin", root / "lib/python3.11")


def test_a_program_of_node_needs_its_packages(tmp_path: Path) -> None:
    root = tmp_path / "home/.nvm/versions/node/v22"
    (root / "lib/node_modules").mkdir(parents=True)
    program = a_file(root / "bin/node")

    assert needs(program) == (program, root / "bin", root / "lib")


def test_what_is_in_usr_is_there_anyway() -> None:
    assert needs(Path("/usr/bin/env")) == ()
    assert needs(Path("/bin/sh")) == ()


@pytest.mark.parametrize("below", ["bin/run", "tools/run", ".local/bin/run", ".local/share/x/run"])
def test_never_a_home(tmp_path: Path, below: str) -> None:
    """Whatever lies where in it: neither the home itself nor a folder above it."""
    home = tmp_path / "home"
    a_file(home / ".netrc")
    program = a_file(home / below)

    given = needs(program)

    assert not any((home / ".netrc").is_relative_to(one) for one in given)


def test_our_own_python_can_start_from_what_it_needs() -> None:
    given = needs(Path(sys.executable))

    assert any(Path(sys.executable).is_relative_to(one) for one in given)
    assert not any(Path.home().is_relative_to(one) for one in given)


def test_a_name_is_looked_for_in_the_plain_path_only(tmp_path: Path) -> None:
    a_file(tmp_path / "bin/mine")
    place = Place(tree=tmp_path)

    assert found("sh", place) in (Path("/usr/bin/sh"), Path("/bin/sh"))
    assert found("mine", place) is None
    assert found("bin/mine", place) == tmp_path / "bin/mine"
    assert found(str(tmp_path / "bin/mine"), Place(tree=Path("/"))) == tmp_path / "bin/mine"
    assert found("/nowhere/mine", place) is None


def test_what_the_set_up_made_is_found_where_it_stands(tmp_path: Path) -> None:
    kept, tree = tmp_path / "kept", tmp_path / "tree"
    made = a_file(kept / "bin/pytest")
    place = Place(tree=tree, folder="api", mounts=(Mount(host=kept, inside="api/.venv"),))

    assert found(".venv/bin/pytest", place) == made
    assert found(".venv/bin/ruff", place) is None


def test_files_that_are_named_in_full_are_given(tmp_path: Path) -> None:
    script = a_file(tmp_path / "fix.py")

    assert named_files(["-m", "fix.py", str(script), str(tmp_path), "/nowhere"]) == (script,)


def a_project(*command: str) -> Project:
    table = {"key": "a", "slug": "a", "repository": "/srv/a", "test_command": command}
    return Project.model_validate({**table, "reads": ("/opt/tools",)})


def reads_of(project: Project, tree: Path) -> tuple[Path, ...]:
    return agent_place(TASK, project, tree, nothing).reads


def test_an_agent_sees_what_runs_the_tests(tmp_path: Path) -> None:
    python = a_python(tmp_path / "python")

    given = reads_of(a_project(str(python), "-m", "pytest"), tmp_path / "tree")

    ours = (Path("/srv/mirror"), Path("/opt/tools"))
    assert given == (*ours, python, python.parent, tmp_path / "python/lib")


@pytest.mark.parametrize("command", [(), ("/nowhere/pytest",), ("./run",), ("sh", "run")])
def test_a_program_of_the_tree_or_of_the_system_is_there_anyway(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    a_file(tmp_path / "run")

    given = reads_of(a_project(*command), tmp_path)

    assert given == (Path("/srv/mirror"), Path("/opt/tools"))
