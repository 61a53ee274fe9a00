"""The issues of the small GitHub: what its REST documentation says of issues and labels."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .github import Answered, FakeGitHub, Refused, _iso, _paged


@dataclass
class FakeGitHubIssues(FakeGitHub):
    """One repository whose issues are used."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # name and color
    may_label: bool = True
    deleted: set[int] = field(default_factory=set)
    limited: bool = False
    down: bool = False
    unindexed: set[int] = field(default_factory=set)  # which the search does not know yet
    lags: bool = True  # what is made is not known to it at once
    searches: bool = True

    # -- what people do

    def deletes(self, number: int) -> None:
        self.issues = [one for one in self.issues if one["number"] != number]
        self.deleted.add(number)

    def written(self, number_of_issues: int, label: str) -> None:
        """By others, later than all that is there."""
        for _ in range(number_of_issues):
            self.last += 1
            self.issues.append(self._new("Another", "Words.", "ada", "User", [label]))

    def catch_up(self) -> None:
        """The search's index has all."""
        self.unindexed.clear()

    # -- the API

    def _alive(self, path: str) -> None:
        super()._alive(path)
        if self.down:
            raise Refused(502)
        if self.limited:
            told = "You have exceeded a secondary rate limit"
            raise Refused(403, told, headers={"retry-after": "17"})

    def _routes(self) -> list[tuple[str, str, Callable[..., Answered]]]:
        repo = f"/repos/{self.name}"
        return [
            ("GET", "/search/issues", self._search),
            ("GET", f"{repo}/issues", self._list_issues),
            ("POST", f"{repo}/issues", self._create_issue),
            ("GET", rf"{repo}/issues/(\d+)", self._get_issue),
            ("PATCH", rf"{repo}/issues/(\d+)", self._edit_issue),
            ("POST", rf"{repo}/issues/(\d+)/comments", self._say_of_issue),
            ("GET", rf"{repo}/issues/(\d+)/comments", self._comments_of_issue),
            ("GET", rf"{repo}/labels/([^/]+)", self._get_label),
            ("POST", f"{repo}/labels", self._create_label),
            *super()._routes(),
        ]

    def _list_issues(self, *, query: Mapping[str, str], body: Any) -> Answered:
        """Pull requests are among them."""
        state, label = query.get("state", "open"), query.get("labels", "")
        pulls = [
            {"number": one["number"], "title": one["title"], "pull_request": {"url": "…"}}
            for one in self.pulls
        ]
        found = [
            one
            for one in self.issues
            if state in ("all", one["state"])
            and (not label or any(label == has["name"] for has in one["labels"]))
        ]
        found = [*found, *([] if label else pulls)]
        found.sort(key=lambda one: one["number"], reverse=query.get("direction", "desc") == "desc")
        return 200, {}, _paged(found, query)

    def _create_issue(self, *, query: Any, body: dict[str, Any]) -> Answered:
        self._open_for_issues()
        if len(body["body"]) > 65_536:
            raise Refused(422, "Validation Failed", errors=[{"field": "body", "code": "custom"}])
        self.last += 1
        kind = "Bot" if self.me.endswith("[bot]") else "User"
        issue = self._new(body["title"], body["body"], self.me, kind, body.get("labels", []))
        self.issues.append(issue)
        if self.lags:
            self.unindexed.add(self.last)
        return 201, {}, issue

    def _new(
        self, title: str, body: str, login: str, kind: str, labels: list[str]
    ) -> dict[str, Any]:
        return {
            "number": self.last,
            "title": title,
            "body": body,
            "state": "open",
            "user": {"login": login, "type": kind},
            "labels": self._named(labels),
            "assignees": [],
            "created_at": _iso(self.now),
        }

    def _search(self, *, query: Mapping[str, str], body: Any) -> Answered:
        """By words in their order, whatever stands between them; pull requests are left out."""
        asked = re.fullmatch(r'"([^"]+)" in:body repo:(\S+) is:issue', query["q"])
        if not self.searches or asked is None or asked[2] != self.name or len(query["q"]) > 330:
            raise Refused(422, "Validation Failed", errors=[{"field": "q", "code": "invalid"}])
        phrase = _words(asked[1])
        found = [
            one
            for one in self.issues
            if one["number"] not in self.unindexed and phrase in _words(one["body"])
        ]
        told = {"total_count": len(found), "incomplete_results": False}
        return 200, {}, {**told, "items": _paged(found, query)}

    def _get_issue(self, number: str, *, query: Any, body: Any) -> Answered:
        return 200, {}, self._issue(int(number))

    def _edit_issue(self, number: str, *, query: Any, body: dict[str, Any]) -> Answered:
        self._open_for_issues()
        issue = self._issue(int(number))
        if "state" in body:
            issue["state"] = body["state"]
        if "labels" in body:
            issue["labels"] = self._named(body["labels"])
        if "assignees" in body:
            if not set(body["assignees"]) <= {"ada", "grace"}:
                invalid = [{"resource": "Issue", "field": "assignees", "code": "invalid"}]
                raise Refused(422, "Validation Failed", errors=invalid)
            issue["assignees"] = [{"login": one} for one in body["assignees"]]
        return 200, {}, issue

    def _say_of_issue(self, number: str, *, query: Any, body: dict[str, Any]) -> Answered:
        self._open_for_issues()
        kind = "Bot" if self.me.endswith("[bot]") else "User"
        said = self._comment(self._issue(int(number))["number"], body["body"], self.me, kind, "")
        self.comments.append(said)
        return 201, {}, said

    def _comments_of_issue(self, number: str, *, query: Any, body: Any) -> Answered:
        on = self._issue(int(number))["number"]
        return 200, {}, _paged([one for one in self.comments if one["on"] == on], query)

    def _get_label(self, name: str, *, query: Any, body: Any) -> Answered:
        if name not in self.labels:
            raise Refused(404, "Not Found")
        return 200, {}, {"name": name, "color": self.labels[name]}

    def _create_label(self, *, query: Any, body: dict[str, Any]) -> Answered:
        if not self.may_label:
            raise Refused(403, "Resource not accessible by personal access token")
        if body["name"] in self.labels:
            there = [{"resource": "Label", "code": "already_exists", "field": "name"}]
            raise Refused(422, "Validation Failed", errors=there)
        self.labels[body["name"]] = body["color"]
        return 201, {}, {"name": body["name"], "color": body["color"]}

    def _named(self, names: list[str]) -> list[dict[str, str]]:
        """Whoever may not give labels gives none, and is not told."""
        return [{"name": one} for one in names] if self.may_label else []

    def _issue(self, number: int) -> dict[str, Any]:
        if number in self.deleted:
            raise Refused(410, "This issue was deleted")
        found = next((one for one in self.issues if one["number"] == number), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def _open_for_issues(self) -> None:
        if self.archived:
            raise Refused(403, "Repository was archived so is read-only.")


def _words(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
