"""The values the rooms of the server pass on."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Project:
    id: int
    slug: str
    name: str
    platform: str | None
    public_key: str
    created: float
    first_event: float | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """An event as it arrived, read and summarised, not yet stored."""

    event_id: str
    at: float
    level: str
    type: str
    title: str
    culprit: str
    metadata: Json
    grouping: str
    platform: str
    logger: str | None
    release: str | None
    environment: str | None
    user_key: str | None
    unhandled: bool
    tags: Tags
    properties: Tags  # searchable like tags, not listed among them
    raw: Json


@dataclass(frozen=True, kw_only=True)
class Issue:
    id: int
    project_id: int
    project_slug: str
    project_name: str
    project_platform: str | None
    short_id: str
    grouping: str
    title: str
    culprit: str
    level: str
    type: str
    logger: str | None
    platform: str
    metadata: Json
    status: str
    substatus: str | None
    status_details: Json
    status_basis: Json  # what the status was decided on: counts and release of that moment
    status_since: float
    priority: str | None
    priority_locked_at: float | None
    assigned_to: Json | None
    has_seen: bool
    is_bookmarked: bool
    times_seen: int
    user_count: int
    num_comments: int
    first_seen: float
    last_seen: float
    first_release: str | None
    last_release: str | None
    unhandled: bool


@dataclass(frozen=True, kw_only=True)
class Event:
    id: int
    event_id: str
    project_id: int
    issue_id: int
    at: float
    received: float
    size: int
    raw: Json


@dataclass(frozen=True, kw_only=True)
class Release:
    id: int
    version: str
    created: float
    released: float | None
    ref: str | None
    url: str | None
    first_event: float | None
    last_event: float | None
    new_groups: int
    projects: tuple[Project, ...]
    commits: int = 0


@dataclass(frozen=True, kw_only=True)
class Activity:
    id: int
    issue_id: int
    type: str
    user: Json | None
    data: Json
    created: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where an issue stands and why; what a change of status writes."""

    status: str
    substatus: str | None
    details: Json
    basis: Json
    activity: str
    activity_data: Json


@dataclass(frozen=True)
class Alert:
    """One object; `project_id` is None for a workflow, which belongs to the organization."""

    id: int
    kind: str
    project_id: int | None
    body: Json
    created: float
    updated: float

    @property
    def name(self) -> str:
        return str(self.body["name"])
