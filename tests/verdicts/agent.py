"""Stands in for a coding agent: `agent.py <behaviour> <bug file>` plays one behaviour, right or
wrong, and thinks nothing. It reads the JSON request on stdin and imports nothing of ours."""

import json
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

FIX: Final = "code_fix"
BLOCKED: Final = (
    *("auth/tokens.py", ".github/workflows/tests.yml", "migrations/0002_more.py", "poetry.lock"),
    *(".env", "CLAUDE.md", "Dockerfile", "app/billing/rates.py", "requirements.txt"),
)
LINES: Final = 700  # more than a change may have
Files = dict[str, str | None]


class Work:
    """A bug, and the worktree to mend it in."""

    def __init__(self, bug: Path, request: Mapping[str, Any]) -> None:
        told = tomllib.loads(bug.read_text(encoding="utf-8"))
        self.name: Final = bug.stem
        self.request: Final = request
        self.tree: Final = Path(request["cwd"])
        self.source: Final[str] = told["source"]
        self.fix: Final[dict[str, str]] = told["fix"]
        self.test: Final[dict[str, str]] = told["test"]
        self.old_test: Final[str] = next(name for name in told["files"] if name.startswith("test"))
        self.comment: Final = "#" if self.source.endswith(".py") else "//"

    def read(self, name: str) -> str:
        return (self.tree / name).read_text(encoding="utf-8")

    def mended(self, how: str = "right") -> Files:
        return {self.source: self.read(self.source).replace(self.fix["old"], self.fix[how])}

    def tested(self, what: str = "shows") -> Files:
        """A test in a file of its own, or one more at the end of one that is there."""
        path = self.test["path"]
        before = self.read(path) if (self.tree / path).exists() else ""
        return {path: before + self.test[what]}

    def right(self) -> Files:
        return {**self.mended(), **self.tested()}

    def put(self, files: Files) -> None:
        for name, text in files.items():
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(text or "", encoding="utf-8")

    def noted(self, text: str) -> Files:
        """The right fix, with comments below it."""
        mended = self.mended()[self.source] or ""
        return {**self.tested(), self.source: f"{mended}\n{text}"}


def right(work: Work) -> Files:
    return work.right()


def wrong(work: Work) -> Files:
    return {**work.mended("wrong"), **work.tested()}


def no_test(work: Work) -> Files:
    return work.mended()


def idle_test(work: Work) -> Files:
    return {**work.mended(), **work.tested("idle")}


def only_tests(work: Work) -> Files:
    return work.tested()


def deleted_test(work: Work) -> Files:
    """Where the new test is in the file that goes, its head has the imports."""
    lines = work.read(work.old_test)
    own = _same_file(work)
    return {
        **work.mended(),
        _beside(work): (lines if own else "") + work.test["shows"],
        work.old_test: None,
    }


def emptied_test(work: Work) -> Files:
    """The old tests become a comment, so that the file stays."""
    hollow = f"{work.comment} nothing to test\n"
    if work.old_test.endswith(".php"):
        hollow = f"<?php\n{hollow}"
    if _same_file(work):
        return {**deleted_test(work), work.old_test: hollow}
    return {**work.right(), work.old_test: hollow}


def _same_file(work: Work) -> bool:
    return work.test["path"] == work.old_test


def _beside(work: Work) -> str:
    path = work.test["path"]
    return path.replace("test_", "test_more_") if _same_file(work) else path


def second_try(work: Work) -> Files:
    """It learns from being told why."""
    return work.right() if work.request["previous_failure"] else wrong(work)


def worse(work: Work) -> Files:
    """It also changes what another test holds fast (world.OTHER)."""
    (name,) = [p.name for p in work.tree.iterdir() if p.name.startswith("version.")]
    return {**work.right(), name: work.read(name).replace("1.4", "2.0")}


def blocked_path(work: Work) -> Files:
    closed = BLOCKED[len(work.name) % len(BLOCKED)]
    return {**work.right(), closed: "anything\n"}


def setup_file(work: Work) -> Files:
    return {**work.right(), "setup.cfg": "[metadata]\nname = shop\n"}


def symlink(work: Work) -> Files:
    (work.tree / "notes.txt").symlink_to("/etc/passwd")
    return work.right()


def through_link(work: Work) -> Files:
    outside = work.tree.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (work.tree / "notes").symlink_to(outside)
    return {**work.right(), "notes/read.md": "written through a link\n"}


def submodule(work: Work) -> Files:
    inner = work.tree / "vendor/thing/.git"
    (inner / "objects").mkdir(parents=True)
    (inner / "refs").mkdir()
    (inner / "HEAD").write_text("ref: refs/heads/main\n")
    return work.right()


def executable(work: Work) -> Files:
    work.put({"run-me.sh": "#!/bin/sh\n"})
    (work.tree / "run-me.sh").chmod(0o755)
    return work.right()


def binary(work: Work) -> Files:
    (work.tree / "logo.png").write_bytes(b"\x89PNG\0\0")
    return work.right()


def huge(work: Work) -> Files:
    return work.noted("".join(f"{work.comment} line {n}\n" for n in range(LINES)))


def many_files(work: Work) -> Files:
    return {**work.right(), **{f"notes/{n}.md": f"note {n}\n" for n in range(30)}}


def secret(work: Work) -> Files:
    return work.noted(f"{work.comment} {'gh' + 'p_'}{'aB3dE6gH9' * 4}\n")


def own_secret(work: Work) -> Files:
    """The token of the service (world.SECRET), spelled backwards."""
    return work.noted(f"{work.comment} {'token-engine-pilot'[::-1]}\n")


def outside(work: Work) -> Files:
    return {**work.right(), "../outside.txt": "elsewhere\n"}


def patch(work: Work) -> Files:
    return {work.source: f"--- a/{work.source}\n+++ b/{work.source}\n@@ -1 +1 @@\n-a\n+b\n"}


def without_git(work: Work) -> Files:
    """It takes git's link away; the change is what is in the folder, all the same."""
    (work.tree / ".git").unlink()
    return work.right()


CHANGES: Final[Mapping[str, Callable[[Work], Files]]] = {
    one.__name__: one
    for one in (
        *(right, wrong, no_test, idle_test, only_tests, deleted_test, emptied_test, second_try),
        *(worse, blocked_path, setup_file, symlink, through_link, submodule, executable, binary),
        *(huge, many_files, secret, own_secret, outside, patch, without_git),
    )
}
CLAIMS: Final[Mapping[str, tuple[str, str | None]]] = {  # what a report without a change says
    "nothing": (FIX, None),
    "not_reproducible": ("cause_only", "not_reproducible"),
    "advice": ("action_recommended", None),
    "cause": ("cause_only", None),
    "suspicious": ("cause_only", "suspicious_input"),
    "closed": (FIX, "blocked_path"),
}
USAGE: Final[Mapping[str, dict[str, float]]] = {
    "dear": {"usd": 99.0, "turns": 3},
    "long": {"usd": 0.1, "turns": 999},
}
PARTED: Final = ("auth", "usage_limit")


def report(classification: str = FIX, why: str | None = None) -> dict[str, Any]:
    return {
        "classification": classification,
        "root_cause": "The code did not foresee this input.",
        "explanation": "It is answered now as a user would expect.",
        "confidence": 0.9,
        "no_fix_reason": why,
    }


def answer(behaviour: str, work: Work) -> dict[str, Any]:
    told: dict[str, Any] = {"protocol": 1, "usage": {"usd": 0.02, "turns": 3}}
    if behaviour in PARTED:
        return {**told, "error": {"kind": behaviour}}
    if work.request["plan_only"]:
        return {**told, "report": report()}
    if behaviour in CLAIMS:
        return {**told, "report": report(*CLAIMS[behaviour])}
    if behaviour in ("in_place", "crash"):
        work.put(work.right())
        return {**told, "report": report()}
    files = CHANGES.get(behaviour, right)(work)
    listed = [{"path": path, "content": text} for path, text in files.items()]
    usage = USAGE.get(behaviour, told["usage"])
    return {"protocol": 1, "report": report(), "files": listed, "usage": usage}


def main() -> None:
    behaviour, bug = sys.argv[1:]
    sys.stderr.write(f"playing {behaviour}\n")
    work = Work(Path(bug), json.load(sys.stdin))
    if behaviour == "hang":
        time.sleep(60)
    if behaviour == "nonsense":
        sys.stdout.write("Sure! I have fixed the bug. ")
    told = answer(behaviour, work)
    if behaviour == "crash":
        sys.exit(3)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
