"""Lines are followed back through what came after a commit, or beside it."""

from datetime import UTC, datetime

from modules.tracker.history import ChangedFile, Commit, Hunk
from modules.tracker.places import Spot
from modules.tracker.trail import followed

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SPOT = Spot(path="a.py", line=40, depth=0)


def commit(sha: str, *files: ChangedFile, parents: tuple[str, ...] = ()) -> Commit:
    return Commit(sha=sha, author="Ada", at=NOW, title="work", files=files, parents=parents)


def put_in(at: int, lines: int, path: str = "a.py") -> ChangedFile:
    return ChangedFile(path=path, hunks=(Hunk((at, at - 1), (at, at + lines - 1)),))


def where(*commits: Commit) -> dict[str, list[tuple[str, int]]]:
    found = followed((SPOT,), commits)
    return {one.sha: [(place.path, place.line) for place in places] for one, places in found}


def test_in_a_straight_line_each_commit_moves_the_ones_before() -> None:
    found = where(commit("c", put_in(1, 10)), commit("b", put_in(50, 9)), commit("a", put_in(2, 5)))

    assert found == {"c": [("a.py", 40)], "b": [("a.py", 30)], "a": [("a.py", 30)]}


def test_what_a_parallel_branch_put_above_was_not_there_yet() -> None:
    merged = where(
        commit("merge", parents=("main", "side")),
        commit("side", put_in(9, 2), parents=("fork",)),
        commit("main", put_in(1, 10), parents=("fork",)),
        commit("fork", put_in(3, 4)),
    )

    assert merged == {"side": [("a.py", 30)], "main": [("a.py", 38)], "fork": [("a.py", 28)]}


def test_a_rename_leads_to_the_name_before_and_to_nobody_else() -> None:
    found = where(
        commit("rename", ChangedFile(path="a.py", previous_path="b.py")),
        commit("mine", put_in(1, 1, "b.py")),
        commit("other", put_in(1, 1, "c.py")),
    )

    assert found == {"rename": [("a.py", 40)], "mine": [("b.py", 40)]}
