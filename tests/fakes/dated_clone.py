"""A repository whose commits have times, and an operation asked by the module's door."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput, ModuleOutput


async def call(environ: dict[str, str], operation: str, **parameters: Any) -> ModuleOutput:
    async with SentryErrorMonitorModule(environ) as module:
        return await module.execute(ModuleInput(operation=operation, parameters=parameters))


def git(folder: Path, *args: str, at: datetime | None = None, author: str = "Ada") -> str:
    when = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()} if at else {}
    env = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": author,
        "GIT_COMMITTER_EMAIL": "a@example.com",
        **when,
    }
    done = subprocess.run(
        ["/usr/bin/env", "git", "-C", str(folder), *args],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


class Clone:
    """A repository in which a commit has a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch=main")

    def commit(self, path: str, lines: list[str], title: str, at: datetime) -> str:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text("\n".join(lines) + "\n")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "-m", title, at=at)
        return git(self.folder, "rev-parse", "HEAD")
