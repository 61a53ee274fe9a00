"""What git and GitHub say about changed lines."""

from modules.tracker.adapters.local_history import read_log
from modules.tracker.adapters.patches import changed_in, pull_in
from modules.tracker.history import ChangedFile, Range

SHA = "a" * 40
PARENT = "b" * 40
HEAD = f"commit {SHA}\0{PARENT}\0001764158400\0Ada\0work (#12)\n".encode()


def files(patch: bytes) -> tuple[ChangedFile, ...]:
    (commit,) = read_log(HEAD + b"\n" + patch)
    return commit.files


def lines(file: ChangedFile) -> list[tuple[Range, Range]]:
    """Before and after."""
    return [(hunk.before, hunk.after) for hunk in file.hunks]


def test_a_patch_with_context_tells_the_very_lines() -> None:
    patch = "@@ -10,5 +10,6 @@ def f\n a\n-b\n+B\n+C\n c\n d\n-e\n\\ No newline at end of file"

    found = changed_in("x.py", patch)

    assert lines(found) == [((11, 11), (11, 12)), ((14, 14), (15, 14))]
    assert [(hunk.removed, hunk.added) for hunk in found.hunks] == [
        (("b",), ("B", "C")),
        (("e",), ()),
    ]
    assert [hunk.inside for hunk in found.hunks] == ["a", "d"]  # the last line before of its kind


def test_a_commit_is_read_with_its_lines_and_pull_request() -> None:
    (commit,) = read_log(
        HEAD + b"\ndiff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n"
        b"@@ -3 +3,2 @@ def f\n-a\n+b\n+c\n@@ -9,2 +10,0 @@\n-d\n-e\n",
        page="https://forge.test/c/",
    )

    assert (commit.sha, commit.author, commit.title, commit.pull) == (SHA, "Ada", "work (#12)", 12)
    assert commit.url == f"https://forge.test/c/{SHA}"
    assert commit.parents == (PARENT,)
    assert lines(commit.files[0]) == [((3, 3), (3, 4)), ((9, 10), (11, 10))]
    first, second = commit.files[0].hunks
    assert (first.removed, first.added, first.inside) == (("a",), ("b", "c"), "def f")
    assert (second.removed, second.added, second.inside) == (("d", "e"), (), "")


def test_lines_of_code_that_look_like_a_patch_are_none() -> None:
    found = files(
        b"diff --git a/x.sql b/x.sql\n--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n"
        b"--- a/other.py\n-commit 1\n+++ b/other.py\n+diff --git a/evil b/evil\n"
    )

    assert [one.path for one in found] == ["x.sql"]
    assert len(found[0].hunks) == 1


def test_renames_deletions_and_odd_names_are_read() -> None:
    found = files(
        b"diff --git a/a b.py b/c.py\nsimilarity index 100%\nrename from a b.py\nrename to c.py\n"
        b"diff --git a/gone.py b/gone.py\n--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        b'diff --git "a/t\\tb" "b/t\\tb"\n--- "a/t\\tb"\n+++ "b/t\\tb"\n@@ -1 +1 @@\n-x\n+y\n'
        b"diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n"
    )

    assert [(one.path, one.previous_path) for one in found] == [
        ("c.py", "a b.py"),
        ("gone.py", ""),
        ("t\tb", ""),
    ]


def test_an_answer_that_was_cut_off_tells_what_it_has() -> None:
    whole = HEAD + b"\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -3 +3 @@\n-a\n+b\n"

    for end in range(len(whole)):
        assert len(list(read_log(whole[:end]))) <= 1


def test_the_pull_request_stands_at_the_end_of_a_title() -> None:
    assert [pull_in(one) for one in ("a (#7)", "a (#7) b", "fix #7", "")] == [7, None, None, None]
