"""A small repository of ordinary files, and a fix in it."""

from pathlib import Path

from modules.autofix.ports import Repository
from modules.autofix.project import Project

ROOT = Path(__file__).parents[2]
FILES: dict[str, str | bytes] = {
    "src/calc.py": "def average(values):\n    return sum(values) / len(values)\n",
    "tests/test_calc.py": "def test_average(): ...\n",
    "logo.png": b"\x89PNG\0\xff",
    "latin.txt": b"gr\xf6\xdfe\n",
    "größe.txt": "ü\n",
}


async def fixed(
    worktrees: Repository, project: Project, text: str = "fixed\n", keep: str = "job/1"
) -> tuple[str, str]:
    base = await worktrees.fetch(project)
    async with worktrees.tree(project, base) as tree:
        (tree / "src/calc.py").write_text(text)
        commit = await worktrees.commit(project, tree, base=base, message="fix: it", keep=keep)
    assert commit is not None
    return base, commit
