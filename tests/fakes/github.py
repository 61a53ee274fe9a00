"""A small GitHub in memory, written from its REST documentation: the endpoints that repairs use.

Where the emulator of tests/agents deviates (a second open pull request of a head, `draft` in a
PATCH), it does as the documentation says.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import jwt

from .github_past import FakePast
from .loopback import Behaviour, Line, Seen, answer

TOKEN = "github_pat_" + "1" * 40
ME = "repair-bot"
APP_TOKEN = "ghs_" + "2" * 36
Answered = tuple[int, dict[str, str], Any]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str = "", **more: Any) -> None:
        super().__init__(message)
        self.answered: Answered = (status, more.pop("headers", {}), {"message": message, **more})


@dataclass
class FakeGitHub:
    """One repository of one owner, and what was asked of it."""

    name: str = "acme/shop"
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 26, tzinfo=UTC))
    private: bool = True
    archived: bool = False
    renamed: str = ""
    push: bool = True
    drafts: bool = True
    may_read_checks: bool = True
    mutations: bool = True  # whether the login may make a draft ready
    me: str = ME
    heads: dict[str, str] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    checks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    app_key: Any = None  # the public key of the App
    granted: dict[str, str] = field(default_factory=dict)  # what the App's last token may do
    asked: list[tuple[str, str]] = field(default_factory=list)
    past: FakePast = field(default_factory=FakePast)
    last: int = 0  # number of what was made

    # -- what people do

    def pushed(self, branch: str, sha: str, *files: str) -> None:
        self.heads[branch], self.files[branch] = sha, list(files)
        for pull in self._open(branch):
            pull["head"]["sha"] = sha

    def close(self, number: int, *, merged: bool = False) -> None:
        pull, at = self._pull(number), _iso(self.now)
        pull |= {"state": "closed", "closed_at": at, "updated_at": at}
        if merged:
            pull |= {"merged_at": at, "merge_commit_sha": "f" * 40}

    def says(self, number: int, text: str, *, login: str = "ada", kind: str = "User") -> None:
        self.comments.append(self._comment(number, text, login, kind, "MEMBER"))

    def checked(self, sha: str, name: str, conclusion: str | None, told: str = "") -> None:
        run = {
            "name": name,
            "status": "completed" if conclusion else "in_progress",
            "conclusion": conclusion,
            "output": {"title": name, "summary": told, "text": None},
        }
        self.checks.setdefault(sha, []).append(run)

    # -- the API

    def answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> Answered:
        """Status, headers and JSON."""
        self.asked.append((method, path))
        try:
            self._admit(path, headers.get("authorization", ""))
            self._alive(path)
            act, given = self._route(method, path)
            return act(*given, query=query, body=body or {})
        except Refused as refusal:
            return refusal.answered

    def _route(self, method: str, path: str) -> tuple[Callable[..., Answered], list[str]]:
        for verb, pattern, act in self._routes():
            if verb == method and (found := re.fullmatch(pattern, path)):
                return act, [unquote(part) for part in found.groups()]
        raise Refused(404, "Not Found")

    def _routes(self) -> list[tuple[str, str, Callable[..., Answered]]]:
        repo = f"/repos/{re.escape(self.name)}"
        return [
            ("GET", "/user", lambda **_: (200, {}, {"login": self.me, "type": "User"})),
            ("GET", "/app", lambda **_: (200, {}, {"slug": self.me.removesuffix("[bot]")})),
            ("GET", f"{repo}/installation", lambda **_: (200, {}, {"id": 7})),
            ("POST", "/app/installations/7/access_tokens", self._access_token),
            ("POST", "/graphql", self._graphql),
            ("GET", repo, self._repository),
            ("GET", "/repositories/1", self._repository),
            ("GET", f"{repo}/pulls", self._list),
            ("POST", f"{repo}/pulls", self._create),
            ("GET", rf"{repo}/pulls/(\d+)", self._get),
            ("PATCH", rf"{repo}/pulls/(\d+)", self._edit),
            ("GET", rf"{repo}/pulls/(\d+)/files", self._files),
            ("GET", rf"{repo}/pulls/(\d+)/reviews", self._reviews),
            ("GET", rf"{repo}/pulls/(\d+)/comments", lambda *_, **__: (200, {}, [])),
            ("GET", rf"{repo}/issues/(\d+)/comments", self._comments),
            ("POST", rf"{repo}/issues/(\d+)/comments", self._say),
            ("DELETE", rf"{repo}/issues/comments/(\d+)", self._unsay),
            ("POST", rf"{repo}/issues/(\d+)/labels", self._label),
            ("DELETE", rf"{repo}/issues/(\d+)/labels/([^/]+)", self._unlabel),
            ("GET", rf"{repo}/commits/(\w+)/check-runs", self._check_runs),
            ("GET", rf"{repo}/commits/(\w+)/status", self._status),
            *self.past.routes(repo),
        ]

    def _admit(self, path: str, authorization: str) -> None:
        token = authorization.removeprefix("Bearer ")
        as_app = path.startswith("/app") or path.endswith("/installation")
        known = self._is_app(token) if as_app else token in (TOKEN, APP_TOKEN)
        if not known:
            raise Refused(401, "Bad credentials")

    def _is_app(self, token: str) -> bool:
        try:
            return bool(jwt.decode(token, self.app_key, algorithms=["RS256"]))
        except jwt.PyJWTError:
            return False

    def _alive(self, path: str) -> None:
        if self.renamed and path.startswith(f"/repos/{self.name}"):
            rest = path.removeprefix(f"/repos/{self.name}")
            raise Refused(301, "Moved Permanently", headers={"location": f"/repositories/1{rest}"})

    def _access_token(self, *, query: Any, body: dict[str, Any]) -> Answered:
        if body["repositories"] != [self.name.partition("/")[2]]:
            raise Refused(422, "There is at least one repository that does not exist")
        if "checks" in body["permissions"] and not self.may_read_checks:
            raise Refused(422, "The permissions requested are not granted to this installation.")
        self.granted = body["permissions"]
        expires = _iso(datetime.now(UTC) + timedelta(hours=1))
        return 201, {}, {"token": APP_TOKEN, "expires_at": expires, "permissions": self.granted}

    def _repository(self, *, query: Any, body: Any) -> Answered:
        name = self.renamed or self.name
        told = {"full_name": name, "private": self.private, "archived": self.archived}
        return 200, {}, {**told, "permissions": {"pull": True, "push": self.push}}

    def _list(self, *, query: Mapping[str, str], body: Any) -> Answered:
        """A head that is no OWNER:BRANCH is ignored, as the documentation does not say."""
        state, head = query.get("state", "open"), query.get("head", "")
        found = [pull for pull in self.pulls if state in ("all", pull["state"])]
        if ":" in head:
            found = [pull for pull in found if pull["head"]["label"] == head]
        by = "updated_at" if query.get("sort") == "updated" else "number"
        newest = query.get("direction", "desc") == "desc"
        found.sort(key=lambda pull: pull[by], reverse=newest)
        return 200, {}, _paged(found, query)

    def _create(self, *, query: Any, body: dict[str, Any]) -> Answered:
        branch = body["head"]
        self._writable()
        label = f"{self.name.partition('/')[0]}:{branch}"
        if any(one["head"]["label"] == label for one in self._open(branch, body["base"])):
            told = [{"message": f"A pull request already exists for {label}."}]
            raise Refused(422, "Validation Failed", errors=told)
        if branch not in self.heads:
            invalid = [{"resource": "PullRequest", "field": "head", "code": "invalid"}]
            raise Refused(422, "Validation Failed", errors=invalid)
        if body.get("draft") and not self.drafts:
            plan = [{"message": "Draft pull requests are not supported in this repository."}]
            raise Refused(422, "Validation Failed", errors=plan)
        return 201, {}, self.opened(branch, **body)

    def opened(self, branch: str, *, fork: str = "", **fields: Any) -> dict[str, Any]:
        """A pull request, made whatever the rules say."""
        self.last += 1
        home = fork or self.name
        pull = {
            "number": self.last,
            "node_id": f"PR_{self.last}",
            "title": fields.get("title", ""),
            "body": fields.get("body"),
            "state": "open",
            "draft": bool(fields.get("draft")),
            "head": {
                "label": f"{home.partition('/')[0]}:{branch}",
                "ref": branch,
                "sha": self.heads.get(branch, "0" * 40),
                "repo": {"full_name": home},
            },
            "base": {"ref": fields.get("base", "main"), "repo": {"full_name": self.name}},
            "labels": [],
            "created_at": _iso(self.now),
            "updated_at": _iso(self.now),
            "closed_at": None,
            "merged_at": None,
            "merge_commit_sha": "e" * 40,
        }
        self.pulls.append(pull)
        return pull

    def _get(self, number: str, *, query: Any, body: Any) -> Answered:
        return 200, {}, self._pull(int(number))

    def _edit(self, number: str, *, query: Any, body: dict[str, Any]) -> Answered:
        """`draft` is no parameter of it, and is ignored."""
        pull = self._pull(int(number))
        pull |= {name: body[name] for name in ("title", "body") if name in body}
        if "base" in body:
            pull["base"]["ref"] = body["base"]
        return 200, {}, pull

    def _files(self, number: str, *, query: Mapping[str, str], body: Any) -> Answered:
        names = self.files.get(self._pull(int(number))["head"]["ref"], [])
        return 200, {}, _paged([{"filename": name} for name in names], query)

    def _reviews(self, number: str, *, query: Mapping[str, str], body: Any) -> Answered:
        return 200, {}, _paged([one for one in self.reviews if one["on"] == int(number)], query)

    def _comments(self, number: str, *, query: Mapping[str, str], body: Any) -> Answered:
        return 200, {}, _paged([one for one in self.comments if one["on"] == int(number)], query)

    def _say(self, number: str, *, query: Any, body: dict[str, Any]) -> Answered:
        self._writable()
        kind = "Bot" if self.me.endswith("[bot]") else "User"
        said = self._comment(self._pull(int(number))["number"], body["body"], self.me, kind, "NONE")
        self.comments.append(said)
        return 201, {}, said

    def _unsay(self, comment: str, *, query: Any, body: Any) -> Answered:
        left = [one for one in self.comments if one["id"] != int(comment)]
        if len(left) == len(self.comments):
            raise Refused(404, "Not Found")
        self.comments = left
        return 204, {}, None

    def _label(self, number: str, *, query: Any, body: dict[str, Any]) -> Answered:
        pull = self._pull(int(number))
        there = [label["name"] for label in pull["labels"]]
        pull["labels"] += [{"name": one} for one in body["labels"] if one not in there]
        return 200, {}, pull["labels"]

    def _unlabel(self, number: str, label: str, *, query: Any, body: Any) -> Answered:
        pull = self._pull(int(number))
        left = [one for one in pull["labels"] if one["name"] != label]
        if len(left) == len(pull["labels"]):
            raise Refused(404, "Label does not exist")
        pull["labels"] = left
        return 200, {}, left

    def _check_runs(self, sha: str, *, query: Any, body: Any) -> Answered:
        runs = self.checks.get(sha, [])
        return 200, {}, {"total_count": len(runs), "check_runs": runs}

    def _status(self, sha: str, *, query: Any, body: Any) -> Answered:
        return 200, {}, {"state": "pending", "statuses": self.statuses.get(sha, [])}

    def _graphql(self, *, query: Any, body: dict[str, Any]) -> Answered:
        if not self.mutations:
            return 200, {}, {"data": None, "errors": [{"type": "FORBIDDEN", "message": "no"}]}
        wanted = body["variables"]["id"]
        pull = next((one for one in self.pulls if one["node_id"] == wanted), None)
        if pull is None or "markPullRequestReadyForReview" not in body["query"]:
            return 200, {}, {"data": None, "errors": [{"type": "NOT_FOUND", "message": "no"}]}
        pull["draft"] = False
        return 200, {}, {"data": {"markPullRequestReadyForReview": {}}}

    def _pull(self, number: int) -> dict[str, Any]:
        found = next((pull for pull in self.pulls if pull["number"] == number), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def _open(self, branch: str, base: str = "") -> list[dict[str, Any]]:
        return [
            pull
            for pull in self.pulls
            if pull["state"] == "open"
            and pull["head"]["ref"] == branch
            and base in ("", pull["base"]["ref"])
        ]

    def _writable(self) -> None:
        if self.archived:
            raise Refused(403, "Repository was archived so is read-only.")
        if not self.push:
            raise Refused(403, "Resource not accessible by personal access token")

    def _comment(
        self, number: int, text: str, login: str, kind: str, association: str
    ) -> dict[str, Any]:
        self.last += 1
        return {
            "id": self.last,
            "on": number,
            "body": text,
            "user": {"login": login, "type": kind},
            "author_association": association,
            "created_at": _iso(self.now),
        }


class Answering(Protocol):
    """A server in memory."""

    def answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> Answered: ...


def served(server: Answering) -> Behaviour:
    """It over HTTP, for `loopback`."""

    async def behave(seen: Seen, line: Line) -> None:
        await line.send(_raw(server, seen))

    return behave


def _raw(server: Answering, seen: Seen) -> bytes:
    query = dict(parse_qsl(seen.target.partition("?")[2]))
    body = json.loads(seen.body) if seen.body else None
    status, headers, told = server.answered(seen.method, seen.path, query, seen.headers, body)
    return answer(status, b"" if told is None else told, headers=headers)


def _paged(rows: list[Any], query: Mapping[str, str]) -> list[Any]:
    size, number = int(query.get("per_page", "30")), int(query.get("page", "1"))
    return rows[(number - 1) * size : number * size]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
