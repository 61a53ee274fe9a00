"""An issue of a local Sentry with a stack, and settings that map its project to a repository."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fakes.dated_clone import call


@pytest.fixture
async def first(sentry_environ: dict[str, str]) -> dict[str, Any]:
    """An issue of the shop, with where it raised."""
    listed = await call(sentry_environ, "get-recent-issues")
    assert listed.data is not None
    for issue in listed.data["issues"]:
        details = await call(sentry_environ, "get-issue-details", issue_id=issue["id"])
        assert details.data is not None
        raised = details.data["untrusted"]["data"].get("exceptions", [])
        frames = [one for found in raised for one in found.get("frames", [])]
        if frames and ":" in frames[0]["at"]:
            path, _, line = frames[0]["at"].rpartition(":")
            seen = datetime.fromisoformat(issue["first_seen"])
            return {"id": issue["id"], "path": path, "line": int(line), "seen": seen}
    raise AssertionError("no issue of the local Sentry has a stack")


@pytest.fixture
def mapped(sentry_environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **sentry_environ,
        "SENTRY_PROJECTS": f"shop:1:shop:{tmp_path}/clone",
        "SENTRY_DB_PATH": str(tmp_path / "jobs.db"),
    }
