"""What explains errors: who owns which files, where they are in a repository, what names frames."""

from typing import Any, Final

from starlette.responses import Response

from modules.local_sentry.calls import Call, Handler, paged, reply
from modules.local_sentry.errors import FieldErrors
from modules.local_sentry.models import Json, Project
from modules.local_sentry.moments import iso
from modules.local_sentry.setup import keep, kept, mappings_of

_O: Final = "/api/0/organizations/{org}/"
_P: Final = "/api/0/projects/{org}/{project}/"
_ASSIGNMENTS: Final = (
    "Auto Assign to Issue Owner",
    "Auto Assign to Suspect Commits",
    "Turn off Auto-Assignment",
)
_MATCHERS: Final = ("path:", "url:", "module:", "tags.", "codeowners:")


def get_ownership(call: Call) -> Response:
    return reply(_ownership(call))


def update_ownership(call: Call) -> Response:
    """Rules that cannot be read are refused."""
    body = call.fields()
    raw = body.get("raw")
    if raw is not None:
        _check_rules(raw)
    assignment = body.get("autoAssignment")
    if assignment is not None and assignment not in _ASSIGNMENTS:
        raise FieldErrors({"autoAssignment": ["Invalid selection."]})
    names = ("raw", "fallthrough", "autoAssignment", "codeownersAutoSync")
    changes = {name: body[name] for name in names if body.get(name) is not None}
    project = call.project()
    before = kept(call.store, project, "ownership", {"dateCreated": iso(call.now)})
    keep(call.store, project, "ownership", before | changes | {"lastUpdated": iso(call.now)})
    return reply(_ownership(call), status=202)


def _check_rules(raw: Any) -> None:
    if not isinstance(raw, str):
        raise FieldErrors({"raw": ["Not a valid string."]})
    for number, line in enumerate(raw.splitlines(), 1):
        rule = line.strip()
        if rule and not rule.startswith("#") and not (rule.startswith(_MATCHERS) and " " in rule):
            raise FieldErrors({"raw": [f"Parse error: rule on line {number}"]})


def _ownership(call: Call) -> Json:
    project = call.project()
    begun = {
        "raw": "",
        "fallthrough": False,
        "autoAssignment": _ASSIGNMENTS[0],
        "codeownersAutoSync": True,
        "isActive": True,
        "dateCreated": iso(project.created),
        "lastUpdated": iso(project.created),
    }
    changed: Json = kept(call.store, project, "ownership", {})
    return begun | changed


def list_code_mappings(call: Call) -> Response:
    return paged(call, [one for each in call.projects() for one in mappings_of(call.store, each)])


def add_code_mapping(call: Call) -> Response:
    body = call.fields()
    wrong = {
        name: ["This field is required."]
        for name in ("repositoryId", "projectId", "stackRoot", "sourceRoot", "defaultBranch")
        if body.get(name) is None
    }
    if wrong:
        raise FieldErrors(wrong)
    project = next(iter(_projects(call, body["projectId"])))
    found = mappings_of(call.store, project)
    new = {
        "id": str(1 + len(found)),
        "projectId": str(project.id),
        "projectSlug": project.slug,
        "repoId": str(body["repositoryId"]),
        "repoName": str(body["repositoryId"]),
        "integrationId": None,
        "provider": None,
        **{name: str(body[name]) for name in ("stackRoot", "sourceRoot", "defaultBranch")},
    }
    keep(call.store, project, "code-mappings", [*found, new])
    return reply(new, status=201)


def _projects(call: Call, number: Any) -> list[Project]:
    from_id = [one for one in call.projects() if str(one.id) == str(number)]
    if not from_id:
        raise FieldErrors({"projectId": ["Project does not exist"]})
    return from_id


def list_source_maps(call: Call) -> Response:
    return paged(call, kept(call.store, call.project(), "artifact-bundles", []))


def list_debug_files(call: Call) -> Response:
    return paged(call, kept(call.store, call.project(), "debug-files", []))


ROUTES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("GET", f"{_P}ownership/", get_ownership, "project:read"),
    ("PUT", f"{_P}ownership/", update_ownership, "project:write"),
    ("GET", f"{_P}files/artifact-bundles/", list_source_maps, "project:read"),
    ("GET", f"{_P}files/dsyms/", list_debug_files, "project:read"),
    ("GET", f"{_O}code-mappings/", list_code_mappings, "org:read"),
    ("POST", f"{_O}code-mappings/", add_code_mapping, "org:read"),
)
