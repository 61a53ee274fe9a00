"""Applications that set the SDK up by us, as real processes, before a real server."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import sentry_sdk

from fakes.recorder import recording
from fakes.reporting_apps import behind, run
from modules.telemetry.errors import BadDsn, BadTelemetryRules
from modules.telemetry.sentry_config import setup_sentry

RULES = """
[[group]]
name = "out of stock"
exception = "*OutOfStock"
fingerprint = ["stock", "{tag:warehouse}"]

[[drop]]
name = "noise"
message = "noise *"
"""
DSN = f"http://{'a' * 32}@host/1"
SECRET = "hunter2hunter2"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "telemetry.toml"
    file.write_text(RULES)
    return file


def counts(sentry: dict[str, Any], query: str) -> list[tuple[str, int]]:
    answer = httpx.get(
        f"{sentry['url']}/api/0/organizations/{sentry['org']}/issues/",
        params={"query": query},
        headers={"Authorization": f"Bearer {sentry['token']}"},
        trust_env=False,
    )
    found = [(one["metadata"].get("type") or one["title"], one) for one in answer.json()]
    return sorted((name, int(one["count"])) for name, one in found)


def test_errors_are_grouped_as_the_rules_say(sentry_process: dict[str, Any], rules: Path) -> None:
    dsn = sentry_process["projects"]["shop"]["dsn"]

    run(
        "grouped_app.py",
        rules,
        SENTRY_DSN=dsn,
        SENTRY_RELEASE="grouped@1",
        SENTRY_ENVIRONMENT="lab",
    )

    assert counts(sentry_process, "release:grouped@1 environment:lab") == [
        ("CsvExportError", 2),
        ("OperationalError", 2),
        ("OutOfStock", 2),
        ("ValidationError", 1),
        ("ValidationError", 2),
        ("stock is low", 1),
    ]


def test_fingerprints_arrive_as_the_seed_document_has_them(rules: Path) -> None:
    with recording() as wire:
        run("grouped_app.py", rules, SENTRY_DSN=behind(DSN, wire.url))

    prints = [one.get("fingerprint") for one in wire.of("event")]
    assert prints == [
        *[["export-error", "CsvExportError"]] * 2,
        *[["database-connection-error", "sqlite", "OperationalError"]] * 2,
        *[["validation-error", "/orders"]] * 2,
        ["validation-error", "/cart"],
        *[["stock", "north"]] * 2,
        None,
    ]


def test_a_hook_that_raises_breaks_no_application_and_lets_nothing_raw_out() -> None:
    with recording() as wire:
        done = run(
            "unlucky_app.py",
            SECRET,
            SENTRY_DSN=behind(DSN, wire.url),
            SENTRY_ENVIRONMENT="lab",
        )

    assert "Sentry initialized for environment: lab" in done.stdout
    assert done.stdout.endswith("the application goes on\n")
    (event,) = wire.of("event")
    assert [one["type"] for one in event["exception"]["values"]] == ["LookupError"]
    assert SECRET not in wire.text
    assert SECRET not in done.stdout


def test_a_host_that_cannot_be_reached_breaks_no_application() -> None:
    done = run("unlucky_app.py", SECRET, SENTRY_DSN=behind(DSN, "http://127.0.0.1:9"))

    assert done.stdout.endswith("the application goes on\n")


def test_without_a_dsn_nothing_happens_and_nothing_is_said() -> None:
    done = run("unlucky_app.py", SECRET)

    assert done.stdout == "the application goes on\n"
    assert done.stderr == ""


def test_errors_are_the_users_who_the_header_names(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.json"
    secrets.write_text("[]")
    with recording() as wire:
        run("starlette_app.py", secrets, SENTRY_DSN=behind(DSN, wire.url))

    (event,) = wire.of("event")
    assert event["user"] == {"id": "9001"}
    assert event["transaction"] == "/total"
    assert event["request"]["url"] == "http://shop.example/total"
    assert "hunter2" not in wire.text


def test_errors_carry_the_span_of_opentelemetry_and_prometheus_counts_them() -> None:
    with recording() as wire:
        done = run("traced_app.py", "0", "", SENTRY_DSN=behind(DSN, wire.url))

    told = json.loads(done.stdout)
    (event,) = wire.of("event")
    trace = event["contexts"]["trace"]
    assert (trace["trace_id"], trace["span_id"]) == (told["trace_id"], told["span_id"])
    assert 'sentry_events_captured_total{kind="error"} 1.0' in told["metrics"]
    assert 'sentry_secrets_scrubbed_total{secret="token"} 1.0' in told["metrics"]


@pytest.mark.parametrize("second", ["", "on"])
@pytest.mark.parametrize("rate", ["0", "1"], ids=["not traced by Sentry", "traced by Sentry, too"])
def test_errors_are_linked_to_opentelemetry_whoever_else_traces(rate: str, second: str) -> None:
    with recording() as wire:
        done = run("traced_app.py", rate, second, SENTRY_DSN=behind(DSN, wire.url))

    told = json.loads(done.stdout)
    (event,) = wire.of("event")
    trace = event["contexts"]["trace"]
    assert (trace["trace_id"], trace["span_id"]) == (told["trace_id"], told["span_id"])
    assert "parent_span_id" not in trace
    assert len(wire.of("transaction")) == int(rate)


@pytest.mark.parametrize("rate", ["0", "1"])
def test_an_error_that_leaves_its_span_unhandled_keeps_it(rate: str) -> None:
    with recording() as wire:
        done = run("traced_requests_app.py", rate, SENTRY_DSN=behind(DSN, wire.url))

    linked = {
        one["exception"]["values"][-1]["value"]: [
            one["contexts"]["trace"][name] for name in ("trace_id", "span_id")
        ]
        for one in wire.of("event")
    }
    assert linked == json.loads(done.stdout)


@pytest.mark.parametrize("rate", ["0", "1"])
def test_a_later_set_up_switches_the_link_off(rate: str) -> None:
    with recording() as wire:
        done = run("traced_app.py", rate, "off", SENTRY_DSN=behind(DSN, wire.url))

    told = json.loads(done.stdout)
    (event,) = wire.of("event")
    assert event["contexts"]["trace"]["trace_id"] != told["trace_id"]
    assert "sentry-trace" in told["passes_on"]


@pytest.mark.parametrize(
    ("policy", "address"),
    [("drop", None), ("shorten", "198.51.100.0"), ("keep", "198.51.100.77")],
)
def test_the_policy_of_addresses_opens_nothing_else(policy: str, address: str | None) -> None:
    secret = "zQ01xKpLmW9rTb"  # in a cookie and in an argument of a task, by no telling name
    with recording() as wire:
        run("addressed_app.py", policy, SENTRY_DSN=behind(DSN, wire.url), PLANTED=secret)

    events = wire.of("event")
    told = [(one["message"], one.get("user", {})) for one in events if "message" in one]
    known = {"ip_address": address} if address else {}
    assert told[:3] == [("by ASGI", known), ("by WSGI", known), ("by nobody", {})]
    assert told[3:] == ([] if policy == "drop" else [("by ASGI", {})])  # of the second set-up
    assert ("198.51.100.77" in wire.text) is (policy == "keep")
    assert "Jane" not in wire.text
    assert secret not in wire.text


@pytest.mark.parametrize(
    ("how", "metrics"),
    [
        ("sampled out", {'dropped_total{kind="error",reason="sample_rate"} 1.0', "scrubbed"}),
        ("processor", {'dropped_total{kind="error",reason="event_processor"} 1.0'}),
        ("unlucky", {'captured_total{kind="error"} 1.0', 'reduced_total{kind="error"} 1.0'}),
        ("twice", {'captured_total{kind="error"} 2.0', 'secrets_scrubbed_total{secret="token"} 2.0'}),
        ("logs", {'captured_total{kind="log"} 2.0'}),
    ],
)  # fmt: skip
def test_what_becomes_of_an_event_is_counted_once(how: str, metrics: set[str]) -> None:
    with recording() as wire:
        done = run("counted_app.py", how, SENTRY_DSN=behind(DSN, wire.url))

    found = {
        one.removeprefix("sentry_events_").removeprefix("sentry_")
        for one in done.stdout.splitlines()
    }
    assert found == metrics - {"scrubbed"}


@pytest.mark.parametrize(
    ("how", "first"),
    [
        ("reported", 'captured_total{kind="error"} 2.0'),
        ("left out", 'dropped_total{kind="error",reason="event_processor"} 2.0'),
    ],
)
def test_an_error_that_was_just_reported_is_a_duplicate(how: str, first: str) -> None:
    with recording() as wire:
        done = run("repeating_app.py", how, SENTRY_DSN=behind(DSN, wire.url))

    found = {one.removeprefix("sentry_events_") for one in done.stdout.splitlines()}
    assert found == {first, 'dropped_total{kind="error",reason="duplicate"} 2.0'}


def test_what_sentry_refuses_by_a_rate_limit_is_counted() -> None:
    with recording(status=429) as wire:
        done = run("counted_app.py", "refused", SENTRY_DSN=behind(DSN, wire.url))

    assert 'dropped_total{kind="envelope",reason="status_429"} 1.0' in done.stdout
    assert 'dropped_total{kind="error",reason="ratelimit_backoff"} 1.0' in done.stdout
    assert "internal" not in done.stdout


def test_what_sentry_refuses_by_its_size_is_counted_as_that() -> None:
    with recording(status=413) as wire:
        done = run("counted_app.py", "twice", SENTRY_DSN=behind(DSN, wire.url))

    assert 'dropped_total{kind="error",reason="too_large"} 2.0' in done.stdout
    assert "send_error" not in done.stdout


def test_a_fork_begins_to_count_at_nothing() -> None:
    with recording() as wire:
        done = run("counted_app.py", "fork", SENTRY_DSN=behind(DSN, wire.url))

    child, _, parent = done.stdout.partition("parent\n")
    assert child.splitlines() == ["child", 'sentry_events_captured_total{kind="error"} 1.0']
    assert 'sentry_events_captured_total{kind="error"} 1.0' in parent
    assert 'sentry_secrets_scrubbed_total{secret="token"} 1.0' in parent


def test_processes_that_share_a_folder_are_added_up(tmp_path: Path) -> None:
    with recording() as wire:
        done = run(
            "counted_app.py",
            "processes",
            SENTRY_DSN=behind(DSN, wire.url),
            PROMETHEUS_MULTIPROC_DIR=str(tmp_path),
        )

    assert 'sentry_events_captured_total{kind="error"} 2.0' in done.stdout.partition("parent\n")[2]


def test_a_malformed_dsn_is_told_by_name_and_nothing_is_set_up() -> None:
    with pytest.raises(BadDsn, match="SENTRY_DSN is no DSN: it has no public key"):
        setup_sentry(environ={"SENTRY_DSN": "https://host/1"})

    assert not sentry_sdk.get_client().is_active()


def test_rules_that_cannot_be_used_set_nothing_up(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text('[[group]]\nname = "a"\nexcepton = "x"\nfingerprint = ["a"]\n')

    with pytest.raises(BadTelemetryRules, match=r"group\[0\]\.excepton is no field of a rule"):
        setup_sentry(environ={"SENTRY_DSN": DSN}, rules=file)

    assert not sentry_sdk.get_client().is_active()
