"""Every 2xx answer of the local Sentry satisfies Sentry's published schema, or is known not to."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from openapi_schema_validator import OAS30ReadValidator
from starlette.applications import Starlette
from starlette.routing import Route

from modules.local_sentry.app import create_app
from modules.local_sentry.projects import add_project
from modules.local_sentry.seed import seed
from modules.local_sentry.store import Store

PUBLISHED: Final = Path(__file__).parents[2].parent / "shared/sentry-api"
NOW: Final = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
NAMES: Final = {
    "org": "organization_id_or_slug",
    "project": "project_id_or_slug",
    "issue": "issue_id",
    "short_id": "issue_id",
    "event": "event_id",
    "detector": "detector_id",
    "workflow": "workflow_id",
    "filter": "filter_id",
    "client_key": "key_id",
}
VALUES: Final = {
    "org": "acme",
    "project": "shop",
    "issue": "1",
    "short_id": "SHOP-1",
    "event": "latest",
    "key": "level",
    "version": "shop@1.0.0",
    "environment": "production",
    "filter": "web-crawlers",
}
QUERIES: Final = {
    "stats_v2/": "?groupBy=outcome&groupBy=category&field=sum(quantity)&statsPeriod=24h",
    "organizations/{org}/events/": "?dataset=errors&field=issue&field=count()&sort=-count()",
    "organizations/{org}/issues/": "?query=&expand=inbox",
}
DETECTOR: Final = {
    "name": "errors",
    "type": "metric_issue",
    "dataSources": [{"aggregate": "count()", "dataset": "events", "timeWindow": 60, "query": ""}],
    "config": {"detectionType": "static"},
    "conditionGroup": {
        "logicType": "any",
        "conditions": [
            {"type": "gt", "comparison": 10, "conditionResult": 75},
            {"type": "lte", "comparison": 10, "conditionResult": 0},
        ],
    },
}
WORKFLOW: Final = {
    "name": "tell the owners",
    "config": {"frequency": 30},
    "triggers": {
        "logicType": "any-short",
        "conditions": [{"type": "first_seen_event", "comparison": True, "conditionResult": True}],
    },
    "actionFilters": [
        {
            "logicType": "all",
            "conditions": [],
            "actions": [{"type": "email", "config": {"targetType": "issue_owners"}}],
        }
    ],
}
BODIES: Final[dict[tuple[str, str], Any]] = {
    ("PUT", "issues/"): {"status": "resolved"},
    ("PUT", "issues/{issue}/"): {"status": "ignored", "statusDetails": {"ignoreDuration": 30}},
    ("POST", "releases/"): {"version": "shop@2.0.0", "projects": ["shop"]},
    ("POST", "notes/"): {"text": "looking"},
    ("POST", "comments/"): {"text": "still looking"},
    ("PUT", "notes/{note}/"): {"text": "found it"},
    ("PUT", "comments/{note}/"): {"text": "found it"},
    ("PUT", "projects/{org}/{project}/"): {"scrubIPAddresses": True},
    ("PUT", "filters/{filter}/"): {"active": True},
    ("PUT", "keys/{client_key}/"): {"rateLimit": {"window": 60, "count": 100}},
    ("PUT", "environments/{environment}/"): {"isHidden": True},
    ("PUT", "ownership/"): {"raw": "path:src/* #team", "fallthrough": False},
    ("POST", "detectors/"): DETECTOR,
    ("PUT", "detectors/{detector}/"): DETECTOR,
    ("POST", "workflows/"): WORKFLOW,
    ("PUT", "workflows/{workflow}/"): WORKFLOW,
}
# What has to be made before its own address can be asked.
MADE: Final = {
    "detector": ("projects/shop/detectors/", DETECTOR),
    "workflow": ("workflows/", WORKFLOW),
}
# Routes Sentry has and its schema leaves out, each with the reason it is known by.
UNDOCUMENTED: Final = {
    "/": "where to go from here, for people",
    "/api/0/": "tells the scopes of a token",
    "/api/0/organizations/{org}/issues/{issue}/tags/": "tags of an issue, which the issue page asks for",
    "/api/0/organizations/{org}/issues/{issue}/activities/": "timeline, which the issue page asks for",
    "/api/0/organizations/{org}/issues/{issue}/notes/": "comments, as Sentry's own page writes them",
    "/api/0/organizations/{org}/issues/{issue}/notes/{note}/": "one comment, to edit or delete",
    "/api/0/organizations/{org}/issues/{issue}/comments/": "older alias of notes",
    "/api/0/organizations/{org}/issues/{issue}/comments/{note}/": "older alias of notes",
    "/api/0/organizations/{org}/integrations/{integration}/channels/": "where a rule may tell people, "
    "which the page of rules asks for",
    "/api/0/organizations/{org}/code-mappings/": "what stack paths are in a repository, of settings pages",
    "/api/0/projects/{org}/{project}/files/artifact-bundles/": "source maps, of settings pages",
    "/api/0/projects/{org}/{project}/files/dsyms/": "debug files, published since",
    "/api/{project}/envelope/": "ingest of SDKs, not part of the API",
    "/api/{project}/store/": "ingest of older SDKs, not part of the API",
    "/api/client-config/": "version of the server, read by its own page",
    "/_health/": "health, for load balancers",
    "/organizations/{org}/issues/{issue}/": "the page behind a permalink, for people",
}
# Where the published schema is wrong: operation → what it wrongly requires.
WRONG: Final = {
    # A bulk update answers with the attributes it changed, and with no others.
    ("PUT", "/api/0/projects/{org}/{project}/issues/"): {"isPublic"},
}
# Required by the schema, which lists what any server may send: absent where nothing asks for it, and
# on servers without Seer and release health.
NOT_SERVED: Final = {
    "derivedData": "Seer only",
    "sessionCount": "release health only",
    "inbox": "sent with expand=inbox only",
    "owners": "sent with expand=owners only",
    "integrationIssues": "sent with expand=integrationIssues only",
    "sentryAppIssues": "sent with expand=sentryAppIssues only",
    "latestEventHasAttachments": "sent with expand=latestEventHasAttachments only",
}

pytestmark = pytest.mark.skipif(not PUBLISHED.exists(), reason="../shared/sentry-api not present")


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((PUBLISHED / "openapi-subset.json").read_text())
    return schema


def an_app() -> Starlette:
    store = Store()
    add_project(store, "shop", org="acme", now=NOW.timestamp() - 86400)
    seed(store, now=NOW.timestamp())
    return create_app(store, token="t", org="acme", now=lambda: NOW)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(an_app()),
        base_url="http://sentry.test",
        headers={"Authorization": "Bearer t"},
    ) as client:
        yield client


def operations() -> list[tuple[str, str]]:
    """The application's own table: a new route cannot be forgotten."""
    routes = [route for route in an_app().routes if isinstance(route, Route)]
    return [
        (method, re.sub(r":path}", "}", route.path))
        for route in routes
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


def documented_path(path: str) -> str:
    scoped = path.replace("/api/0/issues/", "/api/0/organizations/{org}/issues/")
    return re.sub(r"{(\w+)}", lambda name: "{" + NAMES.get(name[1], name[1]) + "}", scoped)


def is_undocumented(path: str) -> bool:
    return path.replace("/api/0/issues/", "/api/0/organizations/{org}/issues/") in UNDOCUMENTED


@pytest.mark.parametrize(("method", "path"), operations())
def test_every_route_is_published_or_explained(
    method: str, path: str, published: dict[str, Any]
) -> None:
    operation = published["paths"].get(documented_path(path), {}).get(method.lower())

    assert operation or is_undocumented(path), f"{method} {path}"


@pytest.mark.parametrize(
    ("method", "path"), [one for one in operations() if not is_undocumented(one[1])]
)
async def test_every_documented_answer_satisfies_its_schema(
    method: str, path: str, published: dict[str, Any], client: httpx.AsyncClient
) -> None:
    operation = published["paths"][documented_path(path)][method.lower()]
    left_out = set(NOT_SERVED) | WRONG.get((method, path), set())

    answer = await client.request(method, await filled(client, path), json=body_of(method, path))

    assert answer.is_success, answer.text
    described = operation["responses"][str(answer.status_code)].get("content")
    if described:
        schema = described["application/json"]["schema"]
        assert problems(schema, answer.json(), left_out=left_out) == []


@pytest.mark.parametrize(
    "query",
    ["?query=", "?query=&collapse=stats", "?query=&sort=new&groupStatsPeriod=14d", "?project=1"],
)
async def test_issue_lists_satisfy_the_schema_whatever_is_asked(
    query: str, published: dict[str, Any], client: httpx.AsyncClient
) -> None:
    path = "/api/0/organizations/{org}/issues/"
    operation = published["paths"][documented_path(path)]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]

    answer = await client.get("/api/0/organizations/acme/issues/" + query)

    assert answer.json()
    left_out = set(NOT_SERVED)
    if "collapse=stats" in query:  # Sentry leaves out the counts as well, not only the graph
        left_out |= {"stats", "count", "userCount", "firstSeen", "lastSeen"}
    assert problems(schema, answer.json(), left_out=left_out) == []


def body_of(method: str, path: str) -> Any:
    found = [body for (verb, end), body in BODIES.items() if verb == method and path.endswith(end)]
    return found[-1] if found else None


async def filled(client: httpx.AsyncClient, path: str) -> str:
    values = dict(VALUES)
    if "eventids" in path or "projects" in path:
        latest = await client.get("/api/0/organizations/acme/issues/1/events/latest/")
        values["event"] = latest.json()["eventID"]
    for name, (where, body) in MADE.items():
        if "{" + name + "}" in path:
            made = await client.post(f"/api/0/organizations/acme/{where}", json=body)
            values[name] = made.json()["id"]
    if "client_key" in path:
        keys = await client.get("/api/0/projects/acme/shop/keys/")
        values["client_key"] = keys.json()[0]["id"]
    query = next((text for end, text in QUERIES.items() if path.endswith(end)), "")
    return path.format(**values) + (query if path.startswith("/api/0/organizations") else "")


def problems(schema: dict[str, Any], answer: Any, *, left_out: set[str]) -> list[str]:
    lenient = without_required(schema, left_out)
    errors = OAS30ReadValidator(lenient).iter_errors(answer)
    return [f"{'/'.join(map(str, one.path))}: {one.message[:200]}" for one in errors]


def without_required(schema: Any, names: set[str]) -> Any:
    if isinstance(schema, list):
        return [without_required(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {key: without_required(value, names) for key, value in schema.items()}
    if isinstance(copied.get("required"), list):
        copied["required"] = [one for one in copied["required"] if one not in names]
    return copied
