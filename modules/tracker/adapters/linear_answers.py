"""What is read of Linear's answers, named as there."""

from typing import Generic, TypeVar

from .answers import Answer

N = TypeVar("N")


class Nodes(Answer, Generic[N]):
    """A connection, of which one page is asked for."""

    nodes: tuple[N, ...]


class Id(Answer):
    id: str


class Label(Answer):
    id: str
    name: str
    team: Id | None = None  # None where it is the workspace's


class State(Answer):
    id: str = ""
    type: str  # triage, backlog, unstarted, started, completed, canceled, duplicate
    position: float = 0.0


class Person(Answer):
    email: str = ""


class Issue(Answer):
    id: str
    identifier: str
    url: str = ""
    title: str = ""
    trashed: bool | None = None
    priority: float = 0
    state: State
    assignee: Person | None = None
    labels: Nodes[Label]


class Team(Answer):
    id: str
    states: Nodes[State]


class Issues(Answer):
    issues: Nodes[Issue]


class OneIssue(Answer):
    issue: Issue | None


class Comments(Answer):
    comments: Nodes[Id]


class Teams(Answer):
    teams: Nodes[Team]


class Users(Answer):
    users: Nodes[Id]


class Labels(Answer):
    issueLabels: Nodes[Label]  # noqa: N815 - its name there


class IssueDone(Answer):
    """Of a mutation."""

    issue: Issue


class LabelDone(Answer):
    issueLabel: Id  # noqa: N815


class Created(Answer):
    issueCreate: IssueDone  # noqa: N815


class Updated(Answer):
    issueUpdate: IssueDone  # noqa: N815


class LabelCreated(Answer):
    issueLabelCreate: LabelDone  # noqa: N815


class Said(Answer):
    """Of a comment nothing is read back."""
