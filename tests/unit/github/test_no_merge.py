"""No code here can merge: no call, no path, no mutation that would."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
FIELDS = {"merged", "merged_at", "merge_commit_sha"}  # what is read of a pull request
CALLS = re.compile(
    r"(?i)/merges?\b|\bmergePullRequest|AutoMerge|mergeBranch|merge_pull|update-branch|--merge"
)


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


def test_nothing_in_the_program_names_a_merge_call() -> None:
    found = [
        (path.name, match[0])
        for path in sources("modules", "mcp_servers")
        for match in CALLS.finditer(path.read_text())
    ]

    assert found == []


def test_no_word_that_is_sent_to_github_is_merge() -> None:
    """Of what the client's room and the forge hold, every string but documentation."""
    adapters = sorted((ROOT / "modules/autofix/adapters").glob("github_*.py"))
    for path in (*sources("modules/github"), *adapters):
        for text in _strings(ast.parse(path.read_text())):
            assert "merge" not in text.lower() or text in FIELDS, (path.name, text)


def test_git_is_asked_for_no_merge() -> None:
    for path in sources("modules/autofix/adapters"):
        words = _strings(ast.parse(path.read_text()))
        assert not {"merge", "rebase", "cherry-pick", "pull"} & set(words), path.name


def _strings(tree: ast.Module) -> list[str]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, documented)}
    constants = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    return [
        text
        for text in constants
        if isinstance(text, str) and text not in docs and not text.startswith("**This would")
    ]
