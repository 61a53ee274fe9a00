"""What people are told to install is ours."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
BY_NAME = re.compile(r"(?<![/\w-])sentry-monitor\[[a-z,]+\]")


def test_nobody_is_told_to_install_by_a_name_that_is_not_ours_on_any_index() -> None:
    texts = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "modules").rglob("*.py"),
        *(ROOT / "mcp_servers").rglob("*.py"),
    ]
    told = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in texts
        for found in BY_NAME.finditer(path.read_text())
    }

    assert len(texts) > 100
    assert told == set()
