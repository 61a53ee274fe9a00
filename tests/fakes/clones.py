"""A clone on this machine, as a user has one, worked on with the git that is installed."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from modules.autofix.project import Project

GIT = shutil.which("git") or "git"
ENV = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_AUTHOR_DATE": "@1700000000 +0000",
    "GIT_COMMITTER_DATE": "@1700000000 +0000",
}


@dataclass(frozen=True)
class Clone:
    """A repository in a folder."""

    path: Path

    def exists(self) -> bool:
        return self.path.exists()

    def git(self, *args: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            [GIT, *who, *args], cwd=self.path, env=ENV, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def commit(self, files: dict[str, str | bytes], message: str = "work") -> str:
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def project(self, **more: str) -> Project:
        return Project.model_validate(
            {"key": "shop", "slug": "shop", "repository": str(self.path), **more}
        )

    def fingerprint(self) -> str:
        """Every byte and every time of it, what git says about it and what it has."""
        told = [self.git(*args) for args in (("status", "-s"), ("show-ref",), ("worktree", "list"))]
        for path in sorted(self.path.rglob("*")):
            state = path.lstat()
            told.append(f"{path} {state.st_mode} {state.st_mtime_ns} {state.st_ino}")
            if path.is_file() and not path.is_symlink():
                told.append(hashlib.sha256(path.read_bytes()).hexdigest())
        return "\n".join(told)


def new_clone(path: Path, branch: str = "main") -> Clone:
    path.mkdir(parents=True)
    clone = Clone(path)
    clone.git("init", "--quiet", f"--initial-branch={branch}")
    return clone
