"""A small Jira Cloud in memory: one project, written from the documentation of REST version 3."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from .github import Answered, Refused

EMAIL, API_TOKEN = "bot@acme.example", "ATATT" + "4" * 40
ME = "acc-bot"
STATUS = {"11": "new", "21": "indeterminate", "31": "done"}  # by transition


@dataclass
class FakeJira:
    """The project OPS. What was made is found by the search only after `catch_up`, if `lags`."""

    project: str = "OPS"
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    indexed: set[str] = field(default_factory=set)
    lags: bool = False
    unreadable: bool = False  # some issues, at the moment
    has_priority: bool = True
    rights: bool = True
    limited: bool = False
    down: bool = False
    people: Mapping[str, str] = field(default_factory=lambda: {"ada@acme.example": "acc-ada"})
    made: int = 0

    def catch_up(self) -> None:
        """The search's index has all."""
        self.indexed |= set(self.issues)

    def answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> Answered:
        try:
            self._admit(headers.get("authorization", ""))
            act, given = self._route(method, path.removeprefix("/rest/api/3"))
            return act(*given, query=query, body=body)
        except Refused as refusal:
            return refusal.answered

    def _admit(self, authorization: str) -> None:
        pair = base64.b64encode(f"{EMAIL}:{API_TOKEN}".encode()).decode()
        if self.down:
            raise Refused(503)
        if authorization != f"Basic {pair}":
            raise Refused(401)
        if self.limited:
            raise Refused(429, headers={"retry-after": "17"})

    def _route(self, method: str, path: str) -> tuple[Callable[..., Answered], list[str]]:
        routes: list[tuple[str, str, Callable[..., Answered]]] = [
            ("GET", "/search/jql", self._search),
            ("POST", "/issue", self._create),
            ("POST", "/issue/bulkfetch", self._fetch),
            ("GET", "/issue/([^/]+)", self._get),
            ("PUT", "/issue/([^/]+)", self._edit),
            ("GET", "/issue/([^/]+)/comment", self._comments),
            ("POST", "/issue/([^/]+)/comment", self._say),
            ("GET", "/issue/([^/]+)/transitions", self._transitions),
            ("POST", "/issue/([^/]+)/transitions", self._move),
            ("GET", "/myself", lambda **_: (200, {}, {"accountId": ME})),
            ("GET", "/mypermissions", self._permissions),
            ("GET", "/user/assignable/search", self._people),
        ]
        for verb, pattern, act in routes:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return act, [unquote(part) for part in found.groups()]
        raise Refused(404)

    def _search(self, *, query: Mapping[str, str], body: Any) -> Answered:
        if not self.lags:
            self.catch_up()
        known = [key for key in self.issues if key in self.indexed]
        ours = re.fullmatch(
            r'project = "(\w+)" AND labels = "([\w-]+)" AND creator = currentUser\(\) '
            r"ORDER BY created ASC",
            query["jql"],
        )
        newest = re.fullmatch(r'project = "(\w+)" ORDER BY key DESC', query["jql"])
        asked = ours or newest
        if asked is None or asked[1] != self.project:
            raise Refused(400, errorMessages=["Error in the JQL Query"], errors={})
        if ours is not None:
            found = [key for key in known if ours[2] in self.issues[key]["labels"]]
            found = [key for key in found if self.issues[key]["creator"]["accountId"] == ME]
        else:
            found = sorted(known, key=lambda key: -int(key.rpartition("-")[2]))
        shown = [self._shown(key) for key in found[: int(query["maxResults"])]]
        return 200, {}, {"issues": shown, "isLast": True}

    def _fetch(self, *, query: Any, body: dict[str, Any]) -> Answered:
        """By ids or keys, as they are now; what is not there is left out."""
        asked = body["issueIdsOrKeys"]
        if not 0 < len(asked) <= 100:
            raise Refused(400, errorMessages=["1 to 100 issues"], errors={})
        if self.unreadable:
            return 200, {}, {"issues": [], "issueErrors": [{"id": "1", "errorMessage": "later"}]}
        return 200, {}, {"issues": [self._shown(key) for key in asked if key in self.issues]}

    def written(self, number: int) -> None:
        """By others, later than all that is there."""
        for _ in range(number):
            self.made += 1
            key = f"{self.project}-{self.made}"
            status = {"statusCategory": {"key": "new"}}
            other = {"accountId": "acc-ada"}
            self.issues[key] = {"summary": "Another", "status": status, "labels": []}
            self.issues[key] |= {"creator": other, "assignee": None}

    def _create(self, *, query: Any, body: dict[str, Any]) -> Answered:
        fields = dict(body["fields"])
        if fields["project"] != {"key": self.project}:
            raise Refused(400, errorMessages=[], errors={"project": "valid project is required"})
        if "priority" in fields and not self.has_priority:
            raise Refused(400, errorMessages=[], errors={"priority": "cannot be set"})
        _checked(fields["description"])
        if any(" " in one for one in fields["labels"]):
            raise Refused(400, errorMessages=[], errors={"labels": "contains spaces"})
        self.made += 1
        key = f"{self.project}-{self.made}"
        fields |= {"status": {"statusCategory": {"key": "new"}}, "assignee": None}
        fields["creator"] = {"accountId": ME}
        self.issues[key], self.comments[key] = fields, []
        return 201, {}, {"id": str(10_000 + self.made), "key": key}

    def _get(self, key: str, *, query: Any, body: Any) -> Answered:
        return 200, {}, self._shown(key)

    def _edit(self, key: str, *, query: Any, body: dict[str, Any]) -> Answered:
        self._fields(key).update(body["fields"])
        return 204, {}, None

    def _comments(self, key: str, *, query: Mapping[str, str], body: Any) -> Answered:
        self._fields(key)
        start, most = int(query["startAt"]), int(query["maxResults"])
        newest = self.comments[key][::-1][start : start + most]
        return 200, {}, {"comments": newest, "total": len(self.comments[key])}

    def _say(self, key: str, *, query: Any, body: dict[str, Any]) -> Answered:
        self._fields(key)
        _checked(body["body"])
        self.comments[key].append({"author": {"accountId": ME}, "body": body["body"]})
        return 201, {}, self.comments[key][-1]

    def _transitions(self, key: str, *, query: Any, body: Any) -> Answered:
        self._fields(key)
        rows = [{"id": one, "to": {"statusCategory": {"key": to}}} for one, to in STATUS.items()]
        return 200, {}, {"transitions": rows}

    def _move(self, key: str, *, query: Any, body: dict[str, Any]) -> Answered:
        to = STATUS[body["transition"]["id"]]
        self._fields(key)["status"] = {"statusCategory": {"key": to}}
        return 204, {}, None

    def _permissions(self, *, query: Mapping[str, str], body: Any) -> Answered:
        if query["projectKey"] != self.project:
            raise Refused(404)
        names = query["permissions"].split(",")
        return 200, {}, {"permissions": {one: {"havePermission": self.rights} for one in names}}

    def _people(self, *, query: Mapping[str, str], body: Any) -> Answered:
        found = [who for mail, who in self.people.items() if mail == query["query"]]
        return 200, {}, [{"accountId": one} for one in found]

    def _shown(self, key: str) -> dict[str, Any]:
        return {"id": "1", "key": key, "fields": self._fields(key)}

    def _fields(self, key: str) -> dict[str, Any]:
        if key not in self.issues:
            raise Refused(404, errorMessages=["Issue does not exist"], errors={})
        return self.issues[key]


def _checked(document: dict[str, Any]) -> None:
    """As far as Jira refuses a document: no text is empty, every node is one it knows."""
    if document.get("type") != "doc" or document.get("version") != 1:
        raise Refused(400, errorMessages=["INVALID_INPUT"], errors={})
    rest = list(document["content"])
    while rest:
        node = rest.pop()
        known = {"paragraph", "heading", "bulletList", "listItem", "codeBlock", "text"}
        if node["type"] not in known or (node["type"] == "text" and not node["text"]):
            raise Refused(400, errorMessages=["INVALID_INPUT"], errors={})
        rest += node.get("content", [])
