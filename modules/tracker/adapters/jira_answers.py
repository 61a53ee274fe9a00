"""What is read of Jira's answers, named as there."""

from typing import Any

from .answers import Answer


class Category(Answer):
    key: str  # new, indeterminate, done


class Status(Answer):
    statusCategory: Category  # noqa: N815 - its name there


class Account(Answer):
    accountId: str = ""  # noqa: N815


class Named(Answer):
    name: str = ""


class Fields(Answer):
    summary: str = ""
    status: Status
    assignee: Account | None = None
    priority: Named | None = None
    labels: tuple[str, ...] = ()
    creator: Account | None = None

    def made_by(self, account: str) -> bool:
        return self.creator is not None and self.creator.accountId == account


class Issue(Answer):
    key: str
    fields: Fields


class Found(Answer):
    issues: tuple[Issue, ...]


class Fetched(Answer):
    issues: tuple[Issue, ...]
    issueErrors: tuple[Any, ...] = ()  # noqa: N815 - what Jira could not read at the moment


class Made(Answer):
    key: str


class Comment(Answer):
    author: Account | None = None
    body: Any = None

    def ends_with(self, reference: str) -> bool:
        """Whether that is its last paragraph, alone."""
        content = self.body.get("content") if isinstance(self.body, dict) else None
        last = content[-1] if isinstance(content, list) and content else None
        texts = last.get("content") if isinstance(last, dict) else None
        return isinstance(texts, list) and [
            one.get("text") for one in texts if isinstance(one, dict)
        ] == [reference]


class Comments(Answer):
    comments: tuple[Comment, ...]


class Transition(Answer):
    id: str
    to: Status


class Transitions(Answer):
    transitions: tuple[Transition, ...]


class Right(Answer):
    havePermission: bool = False  # noqa: N815


class Rights(Answer):
    permissions: dict[str, Right]
