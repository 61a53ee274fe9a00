"""How a project is set up: read and changed, as Sentry's settings pages do."""

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response

from modules.local_sentry.calls import Call, Handler, allows, paged, reply
from modules.local_sentry.errors import FieldErrors, Forbidden, NotFound
from modules.local_sentry.models import Json, Project
from modules.local_sentry.projects import environments
from modules.local_sentry.routes.organizations import get_project
from modules.local_sentry.setup import (
    LEGACY,
    SWITCHES,
    filters_of,
    hidden_environments,
    keep,
    kept,
    key_of,
    settings_of,
)
from modules.local_sentry.shapes.organization import key_json

_P: Final = "/api/0/projects/{org}/{project}/"
_READERS_MAY: Final = {"isBookmarked"}
_NOT_BOOL: Final = "Must be a valid boolean."
_NOT_LIST: Final = "Expected a list of items."
_NOT_TEXT: Final = "Not a valid string."
_DAY_S: Final = 86_400


def _is_bool(value: Any) -> str:
    return "" if isinstance(value, bool) else _NOT_BOOL


def _is_words(value: Any) -> str:
    fine = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return "" if fine else _NOT_LIST


def _is_text(value: Any) -> str:
    return "" if isinstance(value, str) else _NOT_TEXT


_SETTINGS: Final[dict[str, Callable[[Any], str]]] = {
    "dataScrubber": _is_bool,
    "dataScrubberDefaults": _is_bool,
    "scrubIPAddresses": _is_bool,
    "scrapeJavaScript": _is_bool,
    "isBookmarked": _is_bool,
    "sensitiveFields": _is_words,
    "safeFields": _is_words,
    "platform": _is_text,
}


def update_project(call: Call) -> Response:
    """What is named is set, all of it or nothing; what this server does not know is passed over."""
    project, body = call.project(), call.fields()
    if not allows(call.server.scopes, "project:write") and set(body) - _READERS_MAY:
        raise Forbidden()
    wrong = {
        name: [why]
        for name, is_fine in _SETTINGS.items()
        if name in body and (why := is_fine(body[name]))
    }
    if wrong:
        raise FieldErrors(wrong)
    known = {name: _as_stored(body[name]) for name in _SETTINGS if name in body}
    platform = known.pop("platform", None)
    if platform is not None:
        call.store.write("UPDATE project SET platform = ? WHERE id = ?", (platform, project.id))
    keep(call.store, project, "settings", settings_of(call.store, project) | known)
    return get_project(call)


def _as_stored(value: Any) -> Any:
    """Sentry keeps the names of fields in lower case, without space around them."""
    if isinstance(value, list):
        return [name for one in value if (name := one.strip().lower())]
    return value


def list_filters(call: Call) -> Response:
    return reply(filters_of(call.store, call.project()))


def switch_filter(call: Call) -> Response:
    project, name, body = call.project(), call.path("filter"), call.fields()
    if name == "legacy-browser":
        given: Any = body.get("subfilters")
        if _is_words(given):
            raise FieldErrors({"subfilters": [_NOT_LIST]})
    elif name in SWITCHES:
        given = body.get("active")
        if _is_bool(given):
            raise FieldErrors({"active": [_NOT_BOOL]})
    else:
        raise NotFound()
    found = kept(call.store, project, "filters", {})
    named = LEGACY if name == "legacy-browser" else name
    keep(call.store, project, "filters", found | {named: given})
    return Response(status_code=204)


def list_keys(call: Call) -> Response:
    return paged(call, [_key(call, call.project())])


def get_key(call: Call) -> Response:
    return reply(_own_key(call))


def update_key(call: Call) -> Response:
    _own_key(call)
    body = call.fields()
    if "isActive" in body and _is_bool(body["isActive"]):
        raise FieldErrors({"isActive": [_NOT_BOOL]})
    changes: Json = {name: body[name] for name in ("isActive", "name") if name in body}
    if "rateLimit" in body:
        changes["rateLimit"] = _limit(body["rateLimit"])
    project = call.project()
    keep(call.store, project, "key", key_of(call.store, project) | changes)
    return reply(_own_key(call))


def _limit(given: Any) -> Json | None:
    """Nothing, or a window of a day at most with a count; 0 of either switches it off."""
    if given is None:
        return None
    limit = given if isinstance(given, dict) else {}
    window, count = limit.get("window"), limit.get("count")
    if not (_is_count(window, most=_DAY_S) and _is_count(count)):
        raise FieldErrors({"rateLimit": {"window": ["Ensure this value is between 0 and 86400."]}})
    return {"window": window, "count": count} if window and count else None


def _is_count(value: Any, *, most: int = 2**31) -> bool:
    return isinstance(value, int) and 0 <= value <= most


def _own_key(call: Call) -> Json:
    project = call.project()
    if call.path("client_key") != project.public_key:
        raise NotFound()
    return _key(call, project)


def _key(call: Call, project: Project) -> Json:
    changed = key_of(call.store, project)
    named = {"label": changed["name"]} if "name" in changed else {}
    return key_json(project, call.place.url) | changed | named


def list_environments(call: Call) -> Response:
    """Those that are visible, unless others are asked for."""
    asked = call.ask("visibility") or "visible"
    rows = _environments(call)
    return reply(
        [one for one in rows if asked in ("all", "hidden" if one["isHidden"] else "visible")]
    )


def get_environment(call: Call) -> Response:
    return reply(_environment(call))


def update_environment(call: Call) -> Response:
    name, hidden = _environment(call)["name"], call.fields().get("isHidden")
    if _is_bool(hidden):
        raise FieldErrors({"isHidden": [_NOT_BOOL]})
    project = call.project()
    known = hidden_environments(call.store, project)
    keep(
        call.store,
        project,
        "hidden-environments",
        sorted(known | {name} if hidden else known - {name}),
    )
    return reply(_environment(call))


def _environment(call: Call) -> Json:
    for one in _environments(call):
        if one["name"] == call.path("environment"):
            return one
    raise NotFound()


def _environments(call: Call) -> list[Json]:
    project = call.project()
    hidden = hidden_environments(call.store, project)
    return [
        {"id": str(row["id"]), "name": row["name"], "isHidden": row["name"] in hidden}
        for row in environments(call.store, [project])
    ]


ROUTES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("PUT", _P, update_project, "project:read"),
    ("GET", f"{_P}filters/", list_filters, "project:read"),
    ("PUT", f"{_P}filters/{{filter}}/", switch_filter, "project:write"),
    ("GET", f"{_P}keys/", list_keys, "project:read"),
    ("GET", f"{_P}keys/{{client_key}}/", get_key, "project:read"),
    ("PUT", f"{_P}keys/{{client_key}}/", update_key, "project:write"),
    ("GET", f"{_P}environments/", list_environments, "project:read"),
    ("GET", f"{_P}environments/{{environment}}/", get_environment, "project:read"),
    ("PUT", f"{_P}environments/{{environment}}/", update_environment, "project:write"),
)
