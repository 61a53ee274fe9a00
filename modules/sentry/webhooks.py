"""What Sentry pushes: its signature, and its many bodies read into one value. No I/O.

Sources: docs.sentry.io, Integration Platform, Webhooks; the source of sentry_apps/utils/webhooks.py
and of the plugin sentry_plugins/webhooks. A signed body still holds what strangers wrote.
"""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Self
from urllib.parse import urlsplit

from .locate import NOT_ORGANIZATIONS, is_slug
from .reading import Json, child, children, get, pairs, text

DEEPEST: Final = 50
ISSUE_ID: Final = re.compile(r"\d{1,20}")
EVENT_ID: Final = re.compile(r"[0-9a-f]{32}")
WORD: Final = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
SIGNED: Final = ("sentry-hook-signature", "sentry-app-signature", "x-servicehook-signature")
LEGACY: Final = "legacy"
SERVICE_HOOK: Final = "service_hook"
SENTRY_ITSELF: Final = "sentry"


class BadWebhook(ValueError):
    """The body is none that Sentry sends; the message says in which way, and repeats none of it."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One webhook, or one finding of a poll. What is absent, or of another form than Sentry
    documents, is empty; `title` is a stranger's."""

    resource: str  # issue, event_alert, error, metric_alert, comment, …; legacy, service_hook
    action: str  # created, triggered, unresolved, …
    substatus: str = ""  # of the issue: new, regressed, escalating, ongoing
    issue_id: str = ""
    event_id: str = ""
    organization: str = ""  # a slug
    project: str = ""  # a slug
    project_id: str = ""
    level: str = ""
    environment: str = ""
    release: str = ""
    title: str = ""
    rule: str = ""  # the alert's name
    at: str = ""  # when it came back, where a poll found it
    last_job: str = ""  # of the issue, as it was then; of a poll, too
    actor: str = ""  # user, application, sentry
    by_application: bool = False  # another one than Sentry itself: an integration acted

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        return cls(**{"resource": "", "action": "", **known})


def signed(body: bytes, given: Sequence[bytes], secrets: Iterable[str]) -> bool:
    """Whether one of the secrets signed these bytes: HMAC-SHA256, lower-case hex. All secrets are
    tried, in constant time; `given` are the values of the signature header, of which there is one.
    """
    ok = False
    for secret in secrets:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
        ok |= len(given) == 1 and hmac.compare_digest(wanted, given[0])
    return ok


def parse(body: bytes) -> Json:
    """The JSON object that a body is. Raises BadWebhook."""
    try:
        data = json.loads(
            body.decode("utf-8"),
            parse_constant=_no_constant,
            parse_float=_finite,
            object_pairs_hook=_object,
        )
    except (UnicodeDecodeError, RecursionError):
        raise BadWebhook("The body is no JSON in UTF-8.") from None
    except json.JSONDecodeError:
        raise BadWebhook("The body is no JSON.") from None
    except ValueError as problem:
        raise BadWebhook(str(problem) if isinstance(problem, BadWebhook) else _NUMBER) from None
    if not isinstance(data, dict):
        raise BadWebhook("The body is no JSON object.")
    if _too_deep(data):
        raise BadWebhook(f"The body nests deeper than {DEEPEST} levels.")
    return data


def read(resource: str, data: Json) -> Told:
    """The value of one body. `resource` is the header Sentry-Hook-Resource; empty for the legacy
    plugin and for service hooks, which have none. Raises BadWebhook where an integration's body
    lacks what each of them has."""
    resource = resource if WORD.fullmatch(resource) else ""
    if not resource:
        return _service_hook(data) if "group" in data else _legacy(data)
    action, content = text(data, "action"), child(data, "data")
    readers: Mapping[str, Callable[[Json], dict[str, Any]]] = {
        "issue": _issue,
        "event_alert": _event_alert,
        "error": _error,
        "metric_alert": _metric_alert,
        "comment": _comment,
    }
    if resource in readers and not (action and content):
        raise BadWebhook("The body has no action, or no data.")
    fields = readers[resource](content) if resource in readers else {}
    actor = child(data, "actor")
    kind = _word(text(actor, "type"))
    by_application = kind == "application" and text(actor, "id") != SENTRY_ITSELF
    return Told(
        resource=resource,
        action=_word(action),
        actor=kind,
        by_application=by_application,
        **fields,
    )


def _issue(data: Json) -> dict[str, Any]:
    issue = child(data, "issue")
    return {
        **_of_issue(issue),
        "organization": _organization(text(issue, "url"), text(issue, "web_url")),
    }


def _of_issue(issue: Json) -> dict[str, Any]:
    project = child(issue, "project")
    return {
        "issue_id": _number(text(issue, "id")),
        "substatus": _word(text(issue, "substatus")),
        "project": _slug(text(project, "slug")),
        "project_id": _number(text(project, "id")),
        "level": _word(text(issue, "level")),
        "title": text(issue, "title")[:1000],
    }


def _event_alert(data: Json) -> dict[str, Any]:
    return {**_raw_event(child(data, "event")), "rule": text(data, "triggered_rule")[:200]}


def _error(data: Json) -> dict[str, Any]:
    return _raw_event(child(data, "error"))


def _raw_event(event: Json) -> dict[str, Any]:
    """The event as it is stored: snake_case, its tags as pairs, its project a number."""
    tags = dict(pairs(children(event, "tags")))
    issue = _number(text(event, "issue_id")) or _number(_last(text(event, "issue_url")))
    return {
        "issue_id": issue,
        "event_id": _event(text(event, "event_id")),
        "project": _slug(_after(text(event, "url"), "projects", 2)),
        "project_id": _number(text(event, "project")),
        "organization": _organization(
            text(event, "issue_url"), text(event, "url"), text(event, "web_url")
        ),
        "level": _word(text(event, "level") or tags.get("level", "")),
        "environment": (text(event, "environment") or tags.get("environment", ""))[:200],
        "release": (text(event, "release") or tags.get("release", ""))[:200],
        "title": text(event, "title")[:1000],
    }


def _metric_alert(data: Json) -> dict[str, Any]:
    projects = children(child(data, "metric_alert"), "projects")
    return {
        "project": _slug(str(projects[0])) if projects else "",
        "title": text(data, "description_title")[:1000],
        "organization": _organization(text(data, "web_url")),
    }


def _comment(data: Json) -> dict[str, Any]:
    return {
        "issue_id": _number(text(data, "issue_id")),
        "project": _slug(text(data, "project_slug")),
    }


def _legacy(data: Json) -> Told:
    """The webhooks plugin's body. Raises BadWebhook."""
    issue = _number(text(data, "id"))
    if not issue or not isinstance(get(data, "event"), dict):
        raise BadWebhook("The body is of no webhook that Sentry sends.")
    rules = children(data, "triggering_rules")
    fields = _raw_event(child(data, "event"))
    return Told(
        resource=LEGACY,
        action="triggered",
        **{
            **fields,
            "issue_id": issue,
            "project": _slug(text(data, "project_slug") or text(data, "project")),
            "level": _word(text(data, "level")) or fields["level"],
            "title": fields["title"] or text(data, "message")[:1000],
            "rule": str(rules[0])[:200] if rules else "",
            "organization": _organization(text(data, "url")) or fields["organization"],
        },
    )


def _service_hook(data: Json) -> Told:
    """Of `event.alert` and `event.created`. Raises BadWebhook."""
    group, event = child(data, "group"), child(data, "event")
    fields = _of_issue(group)
    if not fields["issue_id"]:
        raise BadWebhook("The body is of no webhook that Sentry sends.")
    fields["project"] = fields["project"] or _slug(text(child(data, "project"), "slug"))
    found = _event(text(event, "eventID") or text(event, "event_id"))
    return Told(resource=SERVICE_HOOK, action="triggered", event_id=found, **fields)


def _organization(*urls: str) -> str:
    """Of the first URL that names one: `…/organizations/acme/…`, `…/projects/acme/web/…`, or
    `https://acme.sentry.io/…`."""
    by_path = (_after(url, word, 1) for url in urls for word in ("organizations", "projects"))
    hosts = (_host(url).partition(".sentry.io") for url in urls)
    by_host = (name for name, saas, rest in hosts if saas and not rest)
    likely = (one for one in chain(by_path, by_host) if one not in NOT_ORGANIZATIONS)
    return next((one for one in likely if is_slug(one)), "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _after(url: str, word: str, steps: int) -> str:
    parts = url.split("?", maxsplit=1)[0].split("/")
    at = parts.index(word) + steps if word in parts else len(parts)
    return parts[at] if at < len(parts) else ""


def _last(url: str) -> str:
    return url.split("?", maxsplit=1)[0].rstrip("/").rpartition("/")[2]


def _number(value: str) -> str:
    return value if ISSUE_ID.fullmatch(value) and value.isascii() else ""


def _event(value: str) -> str:
    bare = value.replace("-", "").lower()
    return bare if EVENT_ID.fullmatch(bare) else ""


def _slug(value: str) -> str:
    return value if is_slug(value) else ""


def _word(value: str) -> str:
    return value if WORD.fullmatch(value) else ""


# ------------------------------------------------------------------------------------------ JSON

_NUMBER: Final = "The body holds a number that is too large."


def _no_constant(_: str) -> Any:
    raise BadWebhook("The body holds NaN or Infinity, which JSON has not.")


def _finite(digits: str) -> float:
    """1e999 is Infinity by another name."""
    number = float(digits)
    if math.isinf(number):
        raise BadWebhook(_NUMBER)
    return number


def _object(found: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands there twice would mean one thing to us and another to others."""
    data = dict(found)
    if len(data) != len(found):
        raise BadWebhook("The body holds an object with the same key twice.")
    return data


def _too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
