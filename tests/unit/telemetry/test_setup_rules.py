"""What the rules find, from values alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.sentry.setup_models import (
    ClientKey,
    InboundFilter,
    Ownership,
    ProjectSettings,
    Scrubbing,
    SeenRelease,
)
from modules.telemetry.setup_findings import (
    SENSITIVE_FIELDS,
    Finding,
    Fix,
    Seen,
    State,
    Unread,
    Wanted,
    all_fixes,
    plan_of,
)
from modules.telemetry.setup_privacy import missing_fields
from modules.telemetry.setup_rules import judge

NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
WANTED = Wanted()
SCRUBBING = Wanted(scrub_ip_addresses=True)
SCRUBBED = Scrubbing(on=True, defaults=True, ip_addresses=True, sensitive_fields=SENSITIVE_FIELDS)
BROWSER = ("browser-extensions", "web-crawlers")


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def settings(platform: str = "python", **scrubbing: Any) -> ProjectSettings:
    return ProjectSettings(
        platform=platform, first_event=ago(200), scrubbing=replace(SCRUBBED, **scrubbing)
    )


@pytest.fixture
def a_project() -> Callable[..., Seen]:
    """One on which nothing is wanting."""

    def build(**parts: Any) -> Seen:
        good: dict[str, Any] = {
            "kind": "self-hosted",
            "settings": settings(),
            "organization": Scrubbing(),
            "filters": tuple(InboundFilter(one, active=True) for one in BROWSER),
            "keys": (ClientKey("Default", True, (1000, 60)),),
            "environments": ("production",),
            "releases": (SeenRelease("shop@1.0", ago(3), 4),),
            "source_files": 2,
            "code_mappings": 1,
            "ownership": Ownership(2, "Auto Assign to Issue Owner"),
            "oldest_event": ago(89.5),
        }
        return Seen(**{**good, **parts})

    return build


def found(seen: Seen, wanted: Wanted = WANTED) -> dict[str, Finding]:
    return {one.name: one for one in judge(seen, wanted, now=NOW)}


def test_a_good_project_wants_nothing(a_project: Callable[..., Seen]) -> None:
    findings = judge(a_project(), Wanted(), now=NOW)
    states = {one.name: one.state for one in findings}

    assert states.pop("ip-addresses") is State.CHOICE
    assert set(states.values()) == {State.GOOD, State.NOT_APPLICABLE}
    assert not all_fixes(findings)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("data-scrubbing", {"settings": settings(on=False)}),
        ("scrubbing-defaults", {"settings": settings(defaults=False)}),
        ("ip-addresses", {"settings": settings(ip_addresses=False)}),
        ("sensitive-fields", {"settings": settings(sensitive_fields=("iban",))}),
        (
            "inbound-filters",
            {
                "settings": settings("javascript-react"),
                "filters": (InboundFilter("web-crawlers", active=False),),
            },
        ),
        ("rate-limits", {"keys": (ClientKey("Default", True, None),)}),
        ("rate-limits", {"keys": (ClientKey("Default", False, (5, 60)),)}),
        ("rate-limits", {"keys": ()}),
        ("environments", {"environments": ()}),
        ("releases", {"releases": ()}),
        ("releases", {"releases": (SeenRelease("shop@1.0", ago(31), 4),)}),
        ("releases", {"releases": (SeenRelease("shop@1.0", ago(3), 0),)}),
        ("releases", {"releases": (SeenRelease("shop@1.0", "yesterday", 4),)}),
        ("source-files", {"settings": settings("javascript"), "source_files": 0}),
        ("source-files", {"settings": settings("react-native"), "source_files": 0}),
        ("source-files", {"settings": settings("apple-ios"), "source_files": 0}),
        ("code-mappings", {"code_mappings": 0}),
        ("ownership", {"ownership": Ownership(0, "")}),
    ],
)
def test_what_is_wanting_is_told_with_a_remedy_and_nothing_else_is(
    name: str, parts: dict[str, Any], a_project: Callable[..., Seen]
) -> None:
    all_found = found(a_project(**parts), SCRUBBING)
    wanting = [one.name for one in all_found.values() if one.state is State.WANTING]

    assert wanting == [name]
    assert all_found[name].remedy
    assert all_found[name].there
    assert all_found[name].wanted


@pytest.mark.parametrize(
    "part",
    [
        "filters",
        "keys",
        "environments",
        "releases",
        "code_mappings",
        "ownership",
        "oldest_event",
        "settings",
        "source_files",
    ],
)
def test_a_part_that_cannot_be_read_is_unknown_with_its_reason(
    part: str, a_project: Callable[..., Seen]
) -> None:
    parts = {"settings": settings("javascript"), part: Unread("the token may not")}

    unknown = [one for one in found(a_project(**parts)).values() if one.state is State.UNKNOWN]

    assert unknown
    assert {one.there for one in unknown} == {"the token may not"}
    assert not any(one.fix for one in unknown)


def test_only_what_takes_nothing_away_is_mended(a_project: Callable[..., Seen]) -> None:
    worst = a_project(
        settings=settings(
            "javascript", on=False, defaults=False, ip_addresses=False, sensitive_fields=()
        ),
        filters=tuple(InboundFilter(one, active=False) for one in (*BROWSER, "localhost")),
        keys=(ClientKey("Default", True, None),),
        ownership=Ownership(0, ""),
        oldest_event="",
    )

    fix = all_fixes(judge(worst, Wanted(), now=NOW))
    asked = all_fixes(judge(worst, SCRUBBING, now=NOW))

    assert fix == Fix(
        settings={"dataScrubber": True, "dataScrubberDefaults": True},
        add_fields=SENSITIVE_FIELDS,
        filters=BROWSER,
    )
    assert asked.settings == {**fix.settings, "scrubIPAddresses": True}


@pytest.mark.parametrize(
    "ordinary",
    [
        "KeyError: 'DATABASE_URL'",
        "RuntimeError: CONNECTION_STRING is not set",
        "ValueError: bad Set-Cookie header",
        "OperationalError: no such column: session_id",
    ],
)
def test_no_name_hides_a_message_about_a_setting_a_header_or_a_column(ordinary: str) -> None:
    assert not [one for one in SENSITIVE_FIELDS if one in ordinary.lower()]


def test_addresses_are_for_people_to_decide_either_way(a_project: Callable[..., Seen]) -> None:
    stored = found(a_project(settings=settings(ip_addresses=False)))["ip-addresses"]
    dropped = found(a_project())["ip-addresses"]

    assert (stored.state, stored.there) == (State.CHOICE, "stored")
    assert (dropped.state, dropped.there) == (State.CHOICE, "not stored")
    assert stored.wanted == dropped.wanted
    assert not stored.fix
    assert not dropped.fix


@pytest.mark.parametrize(
    ("setting", "off", "on"),
    [
        ({"on": False}, "data-scrubbing: off", "data-scrubbing: on"),
        ({"defaults": False}, "scrubbing-defaults: off", "scrubbing-defaults: on"),
        ({"ip_addresses": False}, "ip-addresses: stored", "ip-addresses: not stored"),
    ],
)
def test_what_is_there_is_said_of_what_is_named_and_not_of_sentrys_switch(
    setting: dict[str, Any], off: str, on: str, a_project: Callable[..., Seen]
) -> None:
    name = off.partition(":")[0]
    before, after = (
        found(one, SCRUBBING)[name]
        for one in (a_project(settings=settings(**setting)), a_project())
    )
    forced_on = a_project(settings=settings(**setting), organization=SCRUBBED)
    forced = found(forced_on, SCRUBBING)[name]

    assert (f"{name}: {before.there}", before.state) == (off, State.WANTING)
    assert (f"{name}: {after.there}", after.state) == (on, State.GOOD)
    assert f"{name}: {forced.there}" == f"{on}, by the organization"


def test_what_the_organization_forces_is_good(a_project: Callable[..., Seen]) -> None:
    seen = a_project(settings=settings(on=False, sensitive_fields=()), organization=SCRUBBED)

    assert found(seen)["data-scrubbing"].state is State.GOOD
    assert found(seen)["sensitive-fields"].state is State.GOOD


def test_a_server_that_names_no_filter_has_not_switched_it_on(
    a_project: Callable[..., Seen],
) -> None:
    seen = a_project(settings=settings("javascript"), filters=())

    assert found(seen)["inbound-filters"].state is State.UNKNOWN


def test_what_a_server_does_not_tell_is_unknown_and_not_off(a_project: Callable[..., Seen]) -> None:
    silent = found(a_project(settings=ProjectSettings(platform="python")))

    privacy = ("data-scrubbing", "scrubbing-defaults", "ip-addresses", "sensitive-fields")
    assert {silent[one].state for one in privacy} == {State.UNKNOWN}
    assert not any(silent[one].fix for one in privacy)


def test_on_glitchtip_nothing_is_mended(a_project: Callable[..., Seen]) -> None:
    findings = judge(a_project(kind="glitchtip", settings=settings(on=False)), Wanted(), now=NOW)

    assert [one.name for one in findings if one.state is State.WANTING] == ["data-scrubbing"]
    assert not all_fixes(findings)


@pytest.mark.parametrize("platform", ["python", "node", "java", "go", "php-laravel", "ruby", ""])
def test_frames_that_can_be_read_need_no_files_and_servers_no_filters(
    platform: str, a_project: Callable[..., Seen]
) -> None:
    seen = a_project(settings=settings(platform), source_files=0, filters=())

    assert found(seen)["source-files"].state is State.NOT_APPLICABLE
    assert found(seen)["inbound-filters"].state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("saas", "plan"),
        ("self-hosted", "SENTRY_EVENT_RETENTION_DAYS"),
        ("glitchtip", "GLITCHTIP_MAX_EVENT_LIFE_DAYS"),
    ],
)
@pytest.mark.parametrize("oldest", ["", "no date", ago(40), ago(2), ago(-3)])
def test_retention_is_never_good_without_an_old_event(
    kind: str, told: str, oldest: str, a_project: Callable[..., Seen]
) -> None:
    finding = found(a_project(kind=kind, oldest_event=oldest))["retention"]

    assert finding.state is State.UNKNOWN
    assert told in finding.remedy
    assert not finding.fix


@pytest.mark.parametrize("kind", ["self-hosted", "glitchtip"])
def test_a_remedy_never_shortens_retention(kind: str, a_project: Callable[..., Seen]) -> None:
    remedy = found(a_project(kind=kind, oldest_event=ago(40)))["retention"].remedy

    assert "=90" not in remedy
    assert "raise it to 90 where it is less" in remedy
    assert "leave what is more" in remedy


def test_an_event_of_the_wanted_age_is_the_witness_of_retention(
    a_project: Callable[..., Seen],
) -> None:
    assert found(a_project(oldest_event=ago(88)))["retention"].state is State.GOOD
    assert found(a_project(oldest_event=ago(400)))["retention"].state is State.GOOD
    assert found(a_project(), Wanted(retention_days=365))["retention"].state is State.UNKNOWN


names = st.lists(st.text(max_size=12), max_size=20)


@given(there=names, wanted=names)
def test_fields_that_are_added_are_missing_once_and_then_no_more(
    there: list[str], wanted: list[str]
) -> None:
    lacking = missing_fields(there, wanted)

    assert len(set(lacking)) == len(lacking)
    assert missing_fields([*there, *lacking], wanted) == ()


def test_a_plan_is_named_by_exactly_what_it_changes() -> None:
    plan = plan_of(Fix(settings={"a": True, "b": True}, filters=("c",)))

    assert plan == plan_of(Fix(settings={"b": True, "a": True}, filters=("c",)))
    assert plan != plan_of(Fix(settings={"a": True}, filters=("c",)))
    assert plan != plan_of(Fix(settings={"a": True, "b": True}, add_fields=("c",)))
