"""An answer of the command protocol: refused as a whole for anything that is wrong in it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from modules.autofix.adapters.command_answer import BYTES, Answer, BadAnswer, Edit, read

REPORT = {
    "classification": "code_fix",
    "root_cause": "None is not looked for",
    "explanation": "The total of an empty cart is None.",
    "confidence": 0.9,
}


def file(path: object = "src/a.py", content: object = "x = 1\n", **more: object) -> dict[str, Any]:
    return {"path": path, "content": content, **more}


def answer(*files: object, **more: object) -> Answer:
    data = {"protocol": 1, "report": REPORT, "usage": {"usd": 0.5, "turns": 3}, **more}
    return read(json.dumps({**data, "files": files} if files else data).encode(), usd=2.0, turns=40)


def test_files_and_what_they_cost() -> None:
    found = answer(file(), file("old.py", None), file("docs/ä.md", "ä"))

    assert found.edits == (
        Edit(path="src/a.py", content=b"x = 1\n"),
        Edit(path="old.py", content=None),
        Edit(path="docs/ä.md", content="ä".encode()),
    )
    assert (found.usd, found.turns, found.error) == (0.5, 3, "")
    assert found.report is not None
    assert found.report.root_cause == "None is not looked for"


def test_no_files_means_edited_in_place() -> None:
    assert answer().edits is None
    assert answer(files=None).edits is None
    assert answer(files=[]).edits == ()


@pytest.mark.parametrize(
    "path",
    [
        "../x", "a/../../x", "/etc/passwd", "", ".", "a//b", ".git/config", "sub/.GIT/hooks/x",
        "git~1/config", "C:/x", "a\\b", "a\x00b", "a\nb", "a.", "a ", "x" * 300, None, 7, ["a"],
        "a\ud800", "e\u0301.py",
    ],
)  # fmt: skip
def test_unsafe_paths(path: object) -> None:
    with pytest.raises(BadAnswer, match=r"files\.1"):
        answer(file(), file(path))


@pytest.mark.parametrize(
    "files",
    [
        [file("a.py"), file("a.py")],
        [file("src/A.py"), file("SRC/a.py")],
        [file("straße.py"), file("STRASSE.py")],
        [file("a"), file("a/b.py")],
        [file("A/b/c.py"), file("a/B", None)],
        [file(f"f{n}.py") for n in range(41)],
        [file("a.py", "x" * BYTES), file("b.py", "x")],
        [file("a.py", "ä" * (BYTES // 2 + 1))],
        [file(content="diff --git a/a.py b/a.py\n")],
        [file(content="--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n")],
        [file(content="\n@@ -1,2 +1,2 @@\n x\n")],
        [file(content="*** Begin Patch\n")],
        [file(content="<<<<<<< SEARCH\nx\n")],
        [file(content=7)],
        [file(content=["a"])],
        [file(content="\ud800")],
        [file(mode="100755")],
        [{"path": "a.py", "patch": "x"}],
        [{"path": "a.py"}],
        ["a.py"],
        [None],
    ],
)
def test_files_that_are_refused(files: list[object]) -> None:
    with pytest.raises(BadAnswer):
        answer(*files)


def test_the_most_that_is_taken() -> None:
    assert (
        len(answer(*[file(f"f{n}.py", "x" * (BYTES // 40)) for n in range(40)]).edits or ()) == 40
    )


@pytest.mark.parametrize(
    "said",
    [
        b"", b"null", b"[]", b"nonsense", b'{"protocol": 1}', b"\xff\xfe", b"[" * 100_000,
        b'{"a":' * 100_000, b'{"protocol": 1}{"protocol": 1}', b"1" * 5000,
    ],
    ids=range(10),
)  # fmt: skip
def test_no_answer_at_all(said: bytes) -> None:
    with pytest.raises(BadAnswer):
        read(said, usd=2.0, turns=40)


@pytest.mark.parametrize(
    "more",
    [
        {"protocol": 2},
        {"protocol": True},
        {"protocol": "1"},
        {"patch": "x"},
        {"diff": "x"},
        {"more": 1},
        {"files": "a.py"},
        {"files": {"a.py": "x"}},
        {"report": None},
        {"report": "fixed"},
        {"report": {**REPORT, "confidence": float("nan")}},
        {"report": {**REPORT, "confidence": 2}},
        {"report": {**REPORT, "extra": 1}},
        {"report": {**REPORT, "root_cause": "x" * 601}},
        {"report": {**REPORT, "root_cause": "\ud800"}},
        {"report": {**REPORT, "changed_files": ["a"] * 41}},
        {"error": {"kind": "something"}},
        {"error": "auth"},
    ],
)
def test_fields_that_are_refused(more: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        answer(**more)


def test_the_field_is_named_and_its_value_is_not_shown() -> None:
    with pytest.raises(BadAnswer, match=r"`report\.classification`") as found:
        answer(report={**REPORT, "classification": "evil words"})
    assert "evil" not in str(found.value)


@pytest.mark.parametrize(
    "usage",
    [
        None, {}, "free", {"usd": -1, "turns": -1}, {"usd": float("nan"), "turns": float("nan")},
        {"usd": float("inf"), "turns": float("inf")}, {"usd": "0", "turns": "0"},
        {"usd": True, "turns": True}, {"usd": 10**400, "turns": 10**400},
    ],
)  # fmt: skip
def test_nonsense_counts_as_the_cap(usage: object) -> None:
    found = answer(usage=usage)
    assert (found.usd, found.turns) == (2.0, 40)


def test_a_usage_limit_and_a_login_that_ran_out() -> None:
    said = {"protocol": 1, "error": {"kind": "usage_limit", "until": "2030-01-01T02:00:00+02:00"}}
    found = read(json.dumps(said).encode(), usd=2.0, turns=40)
    assert (found.error, found.until) == ("usage_limit", datetime(2030, 1, 1, tzinfo=UTC))
    assert (found.usd, found.turns, found.report) == (0.0, 0, None)

    for until in ("soon", 7, "0001-01-01T00:00:00+23:00", None):
        parked = answer(error={"kind": "auth", "until": until})
        assert (parked.error, parked.until, parked.usd) == ("auth", None, 0.5)
