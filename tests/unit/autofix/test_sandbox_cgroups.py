"""Where control groups can be made, and what is written into them: version 2, version 1, nowhere.

The folders stand in for the kernel's; that the kernel obeys is for tests/agents and the machine.
"""

from pathlib import Path

import pytest

from modules.autofix.adapters.sandbox import cgroups
from modules.autofix.adapters.sandbox.cgroups import MB, Caps, control_group

CAPS = Caps(memory=64 * MB, processes=7)


@pytest.fixture
def mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    mount = tmp_path / "cgroup"
    mount.mkdir()
    monkeypatch.setattr(cgroups, "MOUNT", mount)
    return mount


def own(mount: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    path = mount.parent / "self"
    path.write_text(text)
    monkeypatch.setattr(cgroups, "OWN", path)


def version_2(mount: Path, monkeypatch: pytest.MonkeyPatch, *, controllers: str) -> Path:
    own(mount, monkeypatch, "0::/user.slice/worker.scope\n")
    place = mount / "user.slice/worker.scope"
    place.mkdir(parents=True)
    (place / "cgroup.subtree_control").write_text(controllers)
    return place


def written(group: Path) -> dict[str, str]:
    """And taken away, as the kernel's own files would be."""
    found = {path.name: path.read_text() for path in group.iterdir()}
    for path in group.iterdir():
        path.unlink()
    return found


def test_version_2_has_one_group(mount: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = version_2(mount, monkeypatch, controllers="cpu memory pids\n")

    with control_group(CAPS) as groups:
        (group,) = groups
        found = written(group)

    assert group.parent == place
    assert found == {"memory.max": str(64 * MB), "memory.swap.max": "0", "pids.max": "7"}
    assert not group.exists()


@pytest.mark.parametrize("controllers", ["", "cpu\n", "memory\n"])
def test_controllers_that_are_not_delegated_are_none(
    mount: Path, monkeypatch: pytest.MonkeyPatch, controllers: str
) -> None:
    version_2(mount, monkeypatch, controllers=controllers)

    with control_group(CAPS) as groups:
        assert groups == ()


def test_version_1_has_a_group_for_each_controller(
    mount: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(mount, monkeypatch, "8:pids:/a\n4:memory:/b\n3:cpu,cpuacct:/\n")
    for name in ("pids/a", "memory"):  # the second one's own path is not mounted here
        (mount / name).mkdir(parents=True)

    with control_group(CAPS) as groups:
        found = {group.parent: written(group) for group in groups}

    assert found == {
        mount / "pids/a": {"pids.max": "7"},
        mount / "memory": {
            "memory.limit_in_bytes": str(64 * MB),
            "memory.memsw.limit_in_bytes": str(64 * MB),
        },
    }


def test_where_there_is_nothing_of_the_kind_nothing_is_made(
    mount: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroups, "OWN", mount / "none")

    with control_group(CAPS) as groups:
        assert groups == ()


def test_every_process_is_limited_as_well() -> None:
    held = Caps(file_size=5, open_files=6, memory=7).limits(())
    assert held == {"FSIZE": 5, "NOFILE": 6, "CORE": 0, "DATA": 7}  # no group holds the memory
