"""What Sentry pushes: signatures over raw bytes, and one value of many bodies."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.webhooks import SECRET, alert, headers, issue_event, raw
from modules.sentry.webhooks import SIGNED, BadWebhook, Told, parse, read, signed

RECORDED = Path(__file__).parents[4] / "shared/sentry-api/webhooks"
there = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded webhooks lie beside the project, not in it"
)


def vectors() -> list[dict[str, Any]]:
    path = RECORDED / "_signature_vectors.json"
    found: list[dict[str, Any]] = json.loads(path.read_text())["vectors"] if path.exists() else []
    return found


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDED / name).read_text())
    return found


@there
@pytest.mark.parametrize("vector", vectors(), ids=lambda one: one["file"])
def test_recorded_signatures_hold_and_any_other_does_not(vector: dict[str, Any]) -> None:
    secret = json.loads((RECORDED / "_signature_vectors.json").read_text())["client_secret"]
    body = raw(recorded(vector["file"]))
    lower = {name.lower(): value for name, value in vector["headers"].items()}
    given_ = [lower[name].encode() for name in SIGNED if name in lower]

    assert signed(body, given_, [secret])
    assert signed(body, given_, ["an-old-secret-0123", secret])
    assert not signed(body + b" ", given_, [secret])
    assert not signed(body, given_, ["another-secret-0123"])


@pytest.mark.parametrize(
    "spelt",
    [
        [],
        [b""],
        [b"zz"],
        ["ä".encode()],
        [b"\xff" * 64],
        "twice",
        "upper",
    ],
    ids=str,
)
def test_what_is_no_signature_lets_nobody_in(spelt: Any) -> None:
    body = issue_event()
    right = headers(body)["sentry-hook-signature"].encode()
    given_ = {"twice": [right, right], "upper": [right.upper()]}.get(str(spelt), spelt)

    assert signed(body, [right], [SECRET])
    assert not signed(body, given_, [SECRET])
    assert not signed(body, [right], [])


@there
@pytest.mark.parametrize(
    ("name", "resource", "wanted"),
    [
        ("issue.created", "issue", ("created", "new", "6507376925", "checkout-api")),
        ("issue.unresolved.regressed", "issue", ("unresolved", "regressed", "6507376925", "checkout-api")),
        ("issue.unresolved.escalating", "issue", ("unresolved", "escalating", "6507376925", "checkout-api")),
        ("issue.resolved", "issue", ("resolved", "", "6507376925", "checkout-api")),
        ("issue.ignored", "issue", ("ignored", "archived_until_condition_met", "6507376925", "checkout-api")),
        ("event_alert.triggered", "event_alert", ("triggered", "", "6507376925", "checkout-api")),
        ("event_alert.triggered.minimal", "event_alert", ("triggered", "", "6507376925", "checkout-api")),
        ("error.created", "error", ("created", "", "6507376925", "checkout-api")),
        ("metric_alert.critical", "metric_alert", ("critical", "", "", "checkout-api")),
        ("comment.created", "comment", ("created", "", "6507376925", "checkout-api")),
        ("installation.created", "installation", ("created", "", "", "")),
        ("seer.pr_created", "seer", ("pr_created", "", "", "")),
        ("legacy_webhook_plugin", "", ("triggered", "", "6507376925", "checkout-api")),
        ("service_hook.event.alert", "", ("triggered", "new", "6507376925", "checkout-api")),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_each_recorded_body_is_read(name: str, resource: str, wanted: tuple[str, ...]) -> None:
    told = read(resource, parse(raw(recorded(f"{name}.json"))))

    assert (told.action, told.substatus, told.issue_id, told.project) == wanted


def test_an_alert_tells_the_event_and_what_its_tags_say() -> None:
    told = read("event_alert", parse(alert("42", "b" * 32)))

    assert (told.issue_id, told.event_id, told.project_id) == ("42", "b" * 32, "1")
    assert (told.environment, told.release, told.organization) == ("production", "shop@1.0", "acme")


@pytest.mark.parametrize(
    ("actor", "ours"),
    [
        ({"type": "application", "id": "sentry", "name": "Sentry"}, False),
        ({"type": "sentry", "id": "sentry"}, False),
        ({"type": "user", "id": 4711}, False),
        ({"type": "application", "id": "a8e5d37a", "name": "Fixer"}, True),
    ],
)
def test_the_doing_of_an_integration_is_known(actor: dict[str, Any], *, ours: bool) -> None:
    assert read("issue", parse(issue_event(actor=actor))).by_application is ours


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe{}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda one: f"{len(one)}-{one[:16]!r}",
)
def test_what_is_no_body_of_a_webhook_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook):
        read("issue", parse(body))


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"action": "created"},
        {"action": "created", "data": []},
        {"action": 7, "data": {}},
        {"data": {"issue": {}}},
    ],
)
def test_a_known_kind_without_its_parts_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(BadWebhook):
        read("issue", told)


def test_an_unknown_kind_is_kept_whatever_it_holds() -> None:
    told = read("preprod_artifact", {"kind": "of another year"})

    assert (told.resource, told.action) == ("preprod_artifact", "")


@pytest.mark.parametrize("number", ["-1", "1e3", "0x1", "9" * 21, "٣", "1 ", "../1"])
def test_what_is_no_number_of_an_issue_is_none(number: str) -> None:
    assert read("issue", parse(issue_event(number))).issue_id == ""


@given(
    st.dictionaries(
        st.sampled_from(["action", "data", "actor", "issue", "event", "group", "id", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["issue", "event", "id", "url", "tags"]), inner)
            ),
            max_leaves=8,
        ),
    ),
    st.sampled_from(["", "issue", "event_alert", "error", "metric_alert", "comment", "seer", "X"]),
)
def test_any_object_is_read_or_refused(told: dict[str, Any], resource: str) -> None:
    try:
        found = read(resource, parse(raw(told)))
    except BadWebhook:
        return
    assert Told.from_json(json.loads(json.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("url", "organization"),
    [
        ("https://us.sentry.io/api/0/issues/1/", ""),
        ("https://de.sentry.io/api/0/organizations/acme/issues/1/", "acme"),
        ("https://acme.sentry.io/issues/1/", "acme"),
        ("https://sentry.io/api/0/issues/1/", ""),
        ("https://acme.sentry.io.evil.example/issues/1/", ""),
        ("https://[broken", ""),
    ],
)
def test_the_host_of_a_region_is_no_organization(url: str, organization: str) -> None:
    assert read("issue", parse(issue_event(url=url))).organization == organization
