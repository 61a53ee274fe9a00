"""The fields of GitHub's answers that are used; all others are left out. Every word in them may
be a stranger's."""

from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .errors import BadAnswer

T = TypeVar("T")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class User(_Answer):
    login: str = ""
    type: str = ""  # User, Bot, Organization

    @property
    def bot(self) -> bool:
        return self.type == "Bot" or self.login.endswith("[bot]")


class Rights(_Answer):
    push: bool = False


class Repository(_Answer):
    full_name: str
    private: bool = True
    archived: bool = False
    has_issues: bool = True
    permissions: Rights | None = None  # absent where the login is none of a person


class Named(_Answer):
    name: str = ""


class _Home(_Answer):
    full_name: str = ""


class Head(_Answer):
    ref: str = ""
    sha: str = ""
    repo: _Home | None = None  # None where the fork is gone


class Pull(_Answer):
    """A pull request, as its list and it alone show it."""

    number: int
    node_id: str = ""
    title: str = ""
    body: str | None = None
    state: str = "open"
    draft: bool = False
    head: Head
    base: Head
    labels: tuple[Named, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None  # before a merge: of a trial merge

    @property
    def home(self) -> str:
        return self.base.repo.full_name if self.base.repo else ""

    @property
    def from_home(self) -> bool:
        """Its head is a branch of the repository itself, so no fork made it."""
        return self.head.repo is not None and self.head.repo.full_name == self.home


class Issue(_Answer):
    """An issue, as its list and it alone show it; GitHub lists pull requests among them."""

    number: int
    title: str = ""
    body: str | None = None
    state: str = "open"
    user: User | None = None  # None where the account is gone
    labels: tuple[Named, ...] = ()
    assignees: tuple[User, ...] = ()
    pull_request: dict[str, Any] | None = None


class FoundIssues(_Answer):
    """What the search answers."""

    items: tuple[Issue, ...]


class Remark(_Answer):
    """A comment on the conversation, a comment on a line, or a review."""

    id: int
    body: str | None = None
    user: User | None = None  # None where the account is gone
    author_association: str = ""
    created_at: datetime | None = None
    submitted_at: datetime | None = None


class _Output(_Answer):
    title: str | None = None
    summary: str | None = None
    text: str | None = None


class Check(_Answer):
    """One check run of a commit."""

    name: str = ""
    status: str = ""  # queued, in_progress, completed, waiting, requested, pending
    conclusion: str | None = None
    output: _Output = _Output()


class Checks(_Answer):
    check_runs: tuple[Check, ...] = ()


class Status(_Answer):
    """The last state of one context of a commit."""

    context: str = ""
    state: str = ""  # error, failure, pending, success
    description: str | None = None


class Statuses(_Answer):
    statuses: tuple[Status, ...] = ()


class File(_Answer):
    filename: str = ""


class Signed(_Answer):
    """Who and when; the name is whatever git was told."""

    name: str = ""
    date: datetime


class Message(_Answer):
    message: str = ""
    author: Signed | None = None
    committer: Signed


class Parent(_Answer):
    sha: str


class CommitLine(_Answer):
    """A commit as lists show it."""

    sha: str
    commit: Message
    parents: tuple[Parent, ...] = ()


class Patched(_Answer):
    """A file of a commit; `patch` has hunks alone, and is absent where it is binary or large."""

    filename: str
    previous_filename: str = ""
    patch: str | None = None


class FullCommit(CommitLine):
    files: tuple[Patched, ...] = ()


class Deployed(_Answer):
    sha: str = ""
    ref: str = ""
    environment: str = ""
    created_at: datetime


class Entry(_Answer):
    path: str
    type: str = ""


class Listing(_Answer):
    tree: tuple[Entry, ...] = ()


class Installation(_Answer):
    id: int


class AccessToken(_Answer):
    token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"AccessToken(expires_at={self.expires_at!r})"

    __str__ = __repr__


class App(_Answer):
    slug: str = ""


def read(kind: type[T], data: Any, *, what: str) -> T:
    """Raises BadAnswer."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError:
        raise BadAnswer(f"GitHub answered {what} in another form than it documents.") from None
