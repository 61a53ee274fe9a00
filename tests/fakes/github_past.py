"""Commits, deployments and files of a FakeGitHub, written from the REST documentation of commits,
deployments and Git trees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Answered = tuple[int, dict[str, str], Any]


@dataclass
class FakePast:
    """Newest first. `refused` says that the login may not read deployments."""

    commits: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    refused: bool = False

    def commit(self, sha: str, message: str, at: datetime, patches: Mapping[str, str]) -> None:
        """A patch that is empty is left out, as of a large file."""
        signed = {"name": "Ada", "email": "a@example.com", "date": _iso(at)}
        files = [
            {"filename": path, "status": "modified", **({"patch": patch} if patch else {})}
            for path, patch in patches.items()
        ]
        said = {"message": message, "author": signed, "committer": signed}
        self.commits.append({"sha": sha, "commit": said, "parents": [{"sha": "0"}], "files": files})

    def deployed(self, sha: str, at: datetime) -> None:
        told = {"sha": sha, "ref": "main", "environment": "production", "created_at": _iso(at)}
        self.deployments.append(told)

    def routes(self, repo: str) -> list[tuple[str, str, Callable[..., Answered]]]:
        return [
            ("GET", f"{repo}/commits", self._list),
            ("GET", rf"{repo}/commits/(\w+)", self._one),
            ("GET", f"{repo}/deployments", self._deployments),
            ("GET", rf"{repo}/git/trees/(\w+)", self._tree),
        ]

    def _list(self, *, query: Mapping[str, str], body: Any) -> Answered:
        since, until = query.get("since", ""), query.get("until", "9")
        wanted = query.get("path")
        found = [
            one
            for one in self.commits
            if since <= one["commit"]["committer"]["date"] <= until
            and (wanted is None or wanted in [file["filename"] for file in one["files"]])
        ]
        bare = [{key: value for key, value in one.items() if key != "files"} for one in found]
        return 200, {}, bare

    def _one(self, sha: str, *, query: Any, body: Any) -> Answered:
        return 200, {}, next(one for one in self.commits if one["sha"] == sha)

    def _deployments(self, *, query: Any, body: Any) -> Answered:
        if self.refused:
            return 403, {}, {"message": "Resource not accessible by personal access token"}
        return 200, {}, self.deployments

    def _tree(self, _: str, *, query: Any, body: Any) -> Answered:
        names = {file["filename"] for one in self.commits for file in one["files"]}
        tree = [{"path": name, "type": "blob"} for name in sorted(names)]
        return 200, {}, {"sha": "0", "tree": tree, "truncated": False}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
