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
        done = run("traced_app.py", SENTRY_DSN=behind(DSN, wire.url))

    told = json.loads(done.stdout)
    (event,) = wire.of("event")
    trace = event["contexts"]["trace"]
    assert (trace["trace_id"], trace["span_id"]) == (told["trace_id"], told["span_id"])
    assert 'sentry_events_captured_total{kind="error"} 1.0' in told["metrics"]
    assert 'sentry_secrets_scrubbed_total{secret="token"} 1.0' in told["metrics"]


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


def test_rules_that_are_not_there_are_named_even_without_a_dsn(tmp_path: Path) -> None:
    with pytest.raises(BadTelemetryRules, match=r"nowhere\.toml' cannot be read: No such file"):
        setup_sentry(environ={}, rules=tmp_path / "nowhere.toml")
