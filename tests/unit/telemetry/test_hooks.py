"""What leaves a hook: scrubbed, or the least that can be said, or nothing."""

import json
import logging
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from modules.telemetry.counters import Counters
from modules.telemetry.dsn import read_dsn
from modules.telemetry.errors import BadDsn
from modules.telemetry.hooks import REMOVED, Hooks
from modules.telemetry.people import People
from modules.telemetry.rules import from_table

SECRET = "hunter2hunter2"
EVENT_ID = "a" * 32


def an_event(**more: Any) -> dict[str, Any]:
    values = [{"type": "KeyError", "value": f"password={SECRET}"}]
    return {"event_id": EVENT_ID, "exception": {"values": values}, **more}


def boom(*_: Any) -> Any:
    raise RuntimeError(SECRET)


def raised(error: BaseException) -> dict[str, Any]:
    return {"exc_info": (type(error), error, None)}


@pytest.mark.parametrize(
    ("hooks", "event"),
    [
        (Hooks(own=boom), an_event()),
        (Hooks(), an_event(extra={"note": object()})),
        (Hooks(), an_event(extra={"note": {SECRET.encode(): 1}})),
        (Hooks(own=lambda event, hint: "no event"), an_event()),  # type: ignore[arg-type,return-value]
    ],
    ids=["the application's hook raises", "no JSON", "no key of JSON", "no event"],
)
def test_an_event_that_cannot_be_scrubbed_leaves_as_the_least_that_can_be_said(
    hooks: Hooks, event: dict[str, Any]
) -> None:
    made = hooks.before_send(event, raised(KeyError(SECRET)))

    assert made["exception"] == {"values": [{"type": "KeyError", "value": REMOVED}]}
    assert made["event_id"] == EVENT_ID
    assert SECRET not in json.dumps(made)
    assert hooks.counters.totals("reduced") == {("error",): 1}
    assert hooks.counters.totals("dropped") == {}


def test_of_an_exception_with_a_strange_name_not_even_that_leaves() -> None:
    strange = type(f"password={SECRET}", (Exception,), {})

    made = Hooks(own=boom).before_send(an_event(), raised(strange()))

    assert made["logentry"] == {"formatted": REMOVED}
    assert SECRET not in json.dumps(made)


def test_what_alerts_ask_for_stays_where_an_event_cannot_be_scrubbed() -> None:
    told = {"environment": "production", "release": "shop@1.4.0+b7"}

    made = Hooks(own=boom).before_send(an_event(**told), raised(KeyError()))

    assert {name: made[name] for name in told} == told


@pytest.mark.parametrize(
    "strange", ["password=hunter2hunter2", "ghp_" + "a1B2" * 9, "a\nb", 7, None]
)
def test_no_secret_stays_in_the_place_of_a_release(strange: Any) -> None:
    made = Hooks(own=boom).before_send(an_event(release=strange), raised(KeyError()))

    assert "release" not in made


def test_an_event_without_an_id_does_not_leave_when_it_cannot_be_scrubbed() -> None:
    assert Hooks(own=boom).before_send({}, None) is None


@pytest.mark.parametrize(
    "hook", ["before_send_transaction", "before_send_log", "before_send_metric"]
)
@pytest.mark.parametrize("data", [{"attributes": {"a": object()}}, {"x": b""}, None])
def test_what_is_no_error_is_left_out_when_it_cannot_be_scrubbed(hook: str, data: Any) -> None:
    assert getattr(Hooks(), hook)(data, {}) is None


def test_what_the_applications_hook_adds_is_scrubbed() -> None:
    hooks = Hooks(own=lambda event, hint: {**event, "extra": {"token": SECRET}})

    assert SECRET not in json.dumps(hooks.before_send(an_event(), {}))


def test_parameters_of_a_message_do_not_repeat_what_it_hides() -> None:
    entry = {"message": "login with password=%s", "params": [SECRET]}

    made = Hooks().before_send({"event_id": EVENT_ID, "logentry": entry}, {})

    assert made["logentry"] == {
        "message": "login with password=%s",
        "formatted": "login with password=[redacted:password]",
    }


@pytest.mark.parametrize(
    ("entry", "formatted"),
    [
        (
            {"message": "cfg %(password)s of %(shop)s", "params": {"password": SECRET, "shop": "eu"},
             "formatted": f"cfg {SECRET} of eu"},
            "cfg [redacted:password] of eu",
        ),
        (
            {"message": "cfg %(shop)s", "params": {"password": SECRET, "shop": "eu"}},
            "cfg eu",
        ),
        (
            {"message": "tried %s: %s", "params": ["password", SECRET],
             "formatted": f"tried password: {SECRET}"},
            "tried password: [redacted:password]",
        ),
        (
            {"message": "run %s %s %s", "params": ["x", "--password", SECRET],
             "formatted": f"run x --password {SECRET}"},
            "run x --password [redacted:password]",
        ),
        (
            {"message": "auth %s", "params": {"password": SECRET},
             "formatted": f"auth {{'password': '{SECRET}'}}"},
            "auth {'password': '[redacted:password]'}",
        ),
        (
            {"message": "pin %(password)d", "params": {"password": 48151623},
             "formatted": "pin 48151623"},
            "pin %(password)d",
        ),
        ({"message": "as %s was", "params": ["it"], "formatted": "as IT was"}, "as IT was"),
        ({"message": "no %s", "params": []}, None),
    ],
)  # fmt: skip
def test_a_message_is_filled_with_what_may_leave(
    entry: dict[str, Any], formatted: str | None
) -> None:
    made = Hooks().before_send({"event_id": EVENT_ID, "logentry": entry}, {})

    assert made["logentry"].get("formatted") == formatted
    assert "params" not in made["logentry"]


@pytest.mark.parametrize(
    ("template", "given", "body", "left"),
    [
        ("pw {password} {other}", {"password": SECRET}, f"pw {SECRET} {{other}}",
         "pw [redacted:password] {other}"),
        ("pw %(password)s", {"password": SECRET}, f"pw {SECRET}", "pw [redacted:password]"),
        ("run %s %s %s", {"0": "x", "1": "--password", "2": SECRET}, f"run x --password {SECRET}",
         "run x --password [redacted:password]"),
        ("of {shop}", {"shop": "eu"}, "of EU", "of EU"),
    ],
)  # fmt: skip
def test_the_body_of_a_log_is_filled_with_what_may_leave(
    template: str, given: dict[str, str], body: str, left: str
) -> None:
    attributes = {f"sentry.message.parameter.{name}": value for name, value in given.items()}
    attributes["sentry.message.template"] = template

    made = Hooks().before_send_log({"body": body, "attributes": attributes}, {})

    assert made["body"] == left
    assert made["attributes"] == {"sentry.message.template": template}


def test_parameters_of_a_log_go_too() -> None:
    attributes = {"sentry.message.parameter.0": SECRET, "order": "7"}

    made = Hooks().before_send_log({"body": "x", "attributes": attributes}, {})

    assert made["attributes"] == {"order": "7"}


def test_versions_of_packages_stay_whatever_their_names_promise() -> None:
    modules = {"pyjwt": "2.10.1", "keyring": f"password {SECRET}"}

    assert Hooks().before_send(an_event(modules=modules), {})["modules"] == {"pyjwt": "2.10.1"}


REQUEST = {
    "headers": {"X-User-Id": "9001", "X-Forwarded-For": "203.0.113.77", "User-Agent": "Moz"},
    "env": {"REMOTE_ADDR": "203.0.113.77"},
}


@pytest.mark.parametrize(
    ("people", "user"),
    [
        (People(), {"id": "9001"}),
        (People(address="shorten"), {"id": "9001", "ip_address": "203.0.113.0"}),
        (People(address="keep"), {"id": "9001", "ip_address": "203.0.113.77"}),
        (People(id_header="X-Account"), None),
    ],
)
def test_users_are_told_as_the_policy_says(people: People, user: Any) -> None:
    request = json.loads(json.dumps(REQUEST))

    made = Hooks(people=people).before_send(an_event(request=request), {})

    assert made.get("user") == user
    assert "203.0.113.77" not in json.dumps(made["request"])
    assert made["request"]["headers"]["User-Agent"] == "Moz"


def test_a_user_who_is_known_is_not_replaced_by_a_header_anybody_can_write() -> None:
    user = {"id": "7", "email": "jane@acme.example"}

    made = Hooks(people=People(user_agent=False)).before_send(
        an_event(user=user, request=json.loads(json.dumps(REQUEST))), {}
    )

    assert made["user"] == {"id": "7", "email": "[redacted:email]"}
    assert "User-Agent" not in made["request"]["headers"]


def test_users_whose_ids_may_not_leave_stay_apart() -> None:
    hooks = Hooks()
    ids = [
        "jane@acme.example",
        "bob@acme.example",
        "jane@acme.example",
        "4111111111111111",
        7,
        "u-7",
    ]

    made = [
        hooks.before_send(an_event(user={"id": one, "username": "x"}), {})["user"] for one in ids
    ]
    logged = hooks.before_send_log({"body": "x", "attributes": {"user.id": ids[0]}}, {})

    told = [one["id"] for one in made]
    assert told[0] == told[2] == logged["attributes"]["user.id"]
    assert len(set(told)) == 5
    assert told[4:] == [7, "u-7"]
    assert all(str(one).startswith("hashed:") for one in told[:4])
    assert "acme" not in json.dumps([made, logged])
    assert "4111" not in json.dumps(made)
    assert made[0]["username"] == "x"


def test_a_user_agent_that_is_not_wanted_is_nowhere() -> None:
    agent = "MyAgent/9.9 (it's mine)"
    local = {
        "scope": {"headers": [["b'user-agent'", f'b"{agent}"'], ["b'host'", "b'x'"]]},
        "environ": {"HTTP_USER_AGENT": f"'{agent}'", "HTTP_HOST": "'x'"},
        "request": f"<Request of {agent}>",
    }
    event = an_event(
        request={"headers": {"user-agent": agent}},
        extra={"vars": local, "user_agent": agent},
        breadcrumbs={"values": [{"data": {"user_agent.original": agent}}]},
    )

    made = Hooks(people=People(user_agent=False)).before_send(event, {})

    assert "MyAgent" not in json.dumps(made)
    assert made["extra"]["vars"] == {
        "scope": {"headers": [["b'user-agent'", "[Filtered]"], ["b'host'", "b'x'"]]},
        "environ": {"HTTP_HOST": "'x'"},
        "request": "<Request of [Filtered]>",
    }


def test_a_user_agent_that_is_not_wanted_is_in_no_log() -> None:
    attributes = {"user_agent.original": "MyAgent/9.9", "order": "7"}

    made = Hooks(people=People(user_agent=False)).before_send_log(
        {"body": "MyAgent/9.9 came", "attributes": attributes}, {}
    )

    assert made == {"body": "[Filtered] came", "attributes": {"order": "7"}}


def test_dropped_and_scrubbed_are_counted_for_prometheus() -> None:
    counters, registry = Counters(), CollectorRegistry()
    rules = from_table({"drop": [{"name": "noise", "exception": "ValueError"}]})
    hooks = Hooks(counters=counters, rules=rules)
    counters.register(registry)

    hooks.before_send(an_event(), {})
    hooks.before_send({"exception": {"values": [{"type": "ValueError"}]}}, {})

    told = generate_latest(registry).decode()
    assert "sentry_events_captured_total{" not in told  # the transport counts those
    assert 'sentry_events_dropped_total{kind="error",reason="noise"} 1.0' in told
    assert 'sentry_secrets_scrubbed_total{secret="password"} 1.0' in told


def test_the_reasons_that_are_counted_are_bounded() -> None:
    counters = Counters()

    for number in range(1000):
        counters.dropped("error", f"reason {number}")

    totals = counters.totals("dropped")
    assert len(totals) <= 201
    assert sum(totals.values()) == 1000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("s3cr3t", "does not begin with https://"),
        ("ftp://s3cr3t@host/1", "does not begin with https://"),
        ("https://host/1", "no public key"),
        ("https://s3cr3t@/1", "names no host"),
        ("https://s3cr3t@host/shop", "number of a project"),
        ("https://s3cr3t@host:port/1", "cannot be read"),
        ("https://s3cr3t@host/1?x=s3cr3t", "follows the number"),
    ],
)
def test_what_is_no_dsn_is_told_by_the_part_that_is_wrong(value: str, said: str) -> None:
    with pytest.raises(BadDsn, match=said) as caught:
        read_dsn(value)

    assert "SENTRY_DSN" in caught.value.message
    assert "s3cr3t" not in f"{caught.value.detail()}"


def test_a_dsn_tells_its_parts_and_hides_its_key() -> None:
    dsn = read_dsn(f"https://{'a' * 32}@o1.ingest.sentry.io:9000/prefix/42")

    assert (dsn.host, dsn.project_id) == ("o1.ingest.sentry.io:9000", "42")
    assert "aaaa" not in repr(dsn)


@pytest.mark.parametrize(
    ("template", "arguments"),
    [
        ("cfg %(password)s of %(name)s", ({"password": SECRET, "name": "x"},)),
        ("tried %s with %s", ("password", SECRET)),
        ("cfg %(password)d of x", ({"password": SECRET},)),
    ],
)
def test_a_breadcrumb_of_a_log_message_does_not_tell_what_its_parameters_hide(
    template: str, arguments: Any
) -> None:
    record = logging.LogRecord("shop", logging.INFO, "x.py", 1, template, arguments, None)
    crumb = {"type": "log", "message": f"cfg {SECRET} of x"}

    made = Hooks().before_breadcrumb(crumb, {"log_record": record})

    assert made is not None
    assert SECRET not in made["message"]
    assert made["message"].split()[0] == template.split(maxsplit=1)[0]


@pytest.mark.parametrize("arguments", [(), ("x", 7), ({"name": "x"},), ({"n_tokens": 7},)])
def test_other_breadcrumbs_stay_as_they_are(arguments: Any) -> None:
    record = logging.LogRecord("shop", logging.INFO, "x.py", 1, "a", arguments, None)
    crumb = {"type": "log", "message": "as it was"}

    assert Hooks().before_breadcrumb(crumb, {"log_record": record}) == crumb
    assert Hooks().before_breadcrumb(crumb, None) == crumb


def test_a_breadcrumb_that_cannot_be_judged_is_left_out() -> None:
    class Odd(dict[str, Any]):
        def __iter__(self) -> Any:
            raise RuntimeError(SECRET)

    record = logging.LogRecord("shop", logging.INFO, "x.py", 1, "%(a)s", None, None)
    record.args = Odd(a=1)

    hooks = Hooks()

    assert hooks.before_breadcrumb({"message": SECRET}, {"log_record": record}) is None
    assert hooks.counters.totals("dropped") == {("breadcrumb", "scrubbing_failed"): 1}
