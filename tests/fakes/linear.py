"""A small Linear in memory: one workspace, one team, written from its published schema.

It reads no GraphQL: which field is asked for tells what is to be done, the variables with what.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from .github import Answered, Refused

KEY = "lin_api_" + "3" * 40
ROOTS = re.compile(r"\b(issues|issue|comments|teams|users|issueLabels|\w+Create|issueUpdate)\(")
STATES = [
    {"id": "s-backlog", "type": "backlog", "position": 0.0},
    {"id": "s-todo", "type": "unstarted", "position": 1.0},
    {"id": "s-done", "type": "completed", "position": 3.0},
]


@dataclass
class FakeLinear:
    """The team OPS, and the issues in it."""

    team: str = "OPS"
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)  # by UUID
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)  # by UUID
    people: tuple[str, ...] = ("ada@acme.example",)
    may_label: bool = True
    limited: bool = False
    down: bool = False

    def answered(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> Answered:
        if (refused := self._refused(headers.get("authorization", ""))) is not None:
            return refused
        root = ROOTS.search(body["query"])
        assert (method, path) == ("POST", "/graphql")
        assert root is not None
        try:
            told = getattr(self, f"_{root[1]}")(body["variables"])
        except Refused as refusal:
            return refusal.answered[0], {}, _errors(str(refusal), "INPUT_ERROR")
        return 200, {}, {"data": {root[1]: told}}

    def _refused(self, authorization: str) -> Answered | None:
        if self.down:
            return 503, {}, {"message": "no"}
        if authorization != KEY:
            return 401, {}, _errors("Authentication required", "AUTHENTICATION_ERROR")
        if self.limited:
            return 400, {"retry-after": "17"}, _errors("Rate limit exceeded", "RATELIMITED")
        return None

    def _issues(self, variables: dict[str, Any]) -> Any:
        return {"nodes": [self.issues[one] for one in variables["ids"] if one in self.issues]}

    def _issue(self, variables: dict[str, Any]) -> Any:
        return self._found(variables["id"])

    def _issueCreate(self, variables: dict[str, Any]) -> Any:  # noqa: N802 - its name there
        given = variables["input"]
        if given["id"] in self.issues:
            raise Refused(200, "Entity with this id exists already")
        assert UUID(given["id"]).version == 4
        number = f"{self.team}-{len(self.issues) + 1}"
        issue = {
            "id": given["id"],
            "identifier": number,
            "url": f"https://linear.app/acme/issue/{number}",
            "title": given["title"],
            "trashed": None,
            "priority": float(given["priority"]),
            "state": {"type": "backlog"},
            "assignee": None,
            "labels": self._labelled(given["labelIds"]),
            "description": given["description"],
        }
        self.issues[given["id"]] = issue
        return {"success": True, "issue": issue}

    def _issueUpdate(self, variables: dict[str, Any]) -> Any:  # noqa: N802
        issue, given = self._found(variables["id"]), variables["input"]
        if "stateId" in given:
            (state,) = [one for one in STATES if one["id"] == given["stateId"]]
            issue["state"] = {"type": state["type"]}
        if "priority" in given:
            issue["priority"] = float(given["priority"])
        if "assigneeId" in given:
            who = given["assigneeId"]
            issue["assignee"] = {"email": who.removeprefix("u-")} if who else None
        if "labelIds" in given:
            issue["labels"] = self._labelled(given["labelIds"])
        return {"success": True, "issue": issue}

    def _comments(self, variables: dict[str, Any]) -> Any:
        return {"nodes": [{"id": one} for one in self.comments if one == variables["id"]]}

    def _commentCreate(self, variables: dict[str, Any]) -> Any:  # noqa: N802
        given = variables["input"]
        self._found(given["issueId"])
        if given["id"] in self.comments:
            raise Refused(200, "Entity with this id exists already")
        self.comments[given["id"]] = given
        return {"success": True}

    def _teams(self, variables: dict[str, Any]) -> Any:
        seen = variables["key"] == self.team
        return {"nodes": [{"id": "t-ops", "states": {"nodes": STATES}}] if seen else []}

    def _users(self, variables: dict[str, Any]) -> Any:
        return {"nodes": [{"id": f"u-{one}"} for one in self.people if one == variables["who"]]}

    def _issueLabels(self, variables: dict[str, Any]) -> Any:  # noqa: N802
        return {"nodes": [one for one in self.labels.values() if one["name"] in variables["names"]]}

    def _issueLabelCreate(self, variables: dict[str, Any]) -> Any:  # noqa: N802
        if not self.may_label:
            raise Refused(200, "You cannot create labels")
        given, ident = variables["input"], str(uuid4())
        self.labels[ident] = {"id": ident, "team": {"id": given["teamId"]}, **given}
        return {"success": True, "issueLabel": {"id": ident}}

    def _labelled(self, idents: list[str]) -> Any:
        return {"nodes": [{"id": one, "name": self.labels[one]["name"]} for one in idents]}

    def _found(self, name: str) -> dict[str, Any]:
        for ident, issue in self.issues.items():
            if name in (ident, issue["identifier"]):
                return issue
        raise Refused(200, "Entity not found: Issue")


def _errors(message: str, code: str) -> dict[str, Any]:
    kind = "invalid input" if code == "INPUT_ERROR" else code.lower().replace("_", " ")
    return {"errors": [{"message": message, "extensions": {"code": code, "type": kind}}]}
