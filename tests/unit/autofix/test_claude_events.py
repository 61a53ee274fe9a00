"""How a run is judged by what Claude Code says: tests/data/claude holds what version 2.1.330 said
to a scripted model, cut to the fields that are read."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.autofix.adapters.claude.events import (
    GRACE_S,
    KEPT,
    LINE,
    Judged,
    Transcript,
    judge,
    log,
)

SAID = Path(__file__).parents[2] / "data/claude"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = (
    *("subtype", "error", "error_status", "rate_limit_info", "message", "mcp_servers", "result"),
    *("is_error", "terminal_reason", "structured_output", "api_error", "api_error_status"),
    *("num_turns", "total_cost_usd", "permission_denials"),
)


def transcript(*lines: bytes) -> Transcript:
    heard = Transcript()
    heard.feed(b"".join(lines))
    return heard


def recorded(name: str) -> Transcript:
    return transcript((SAID / f"{name}.ndjson").read_bytes())


def judged(heard: Transcript, *, timed_out: bool = False) -> Judged:
    return judge(heard.events, exit_code=1, stderr="its last words", timed_out=timed_out)


def line(**event: Any) -> bytes:
    return json.dumps(event).encode() + b"\n"


def result(**more: Any) -> bytes:
    plain = {"type": "result", "is_error": False, "terminal_reason": "completed"}
    return line(**{**plain, "structured_output": {}, **more})


def test_a_report_is_handed_on() -> None:
    found = judged(recorded("reported"))

    assert found.failure == ""
    assert found.report is not None
    assert found.report["classification"] == "code_fix"
    assert (found.usd, found.turns) == (0.0008, 3)


@pytest.mark.parametrize(
    ("name", "failure", "told"),
    [
        ("no_report", "no_report", "without a report"),
        ("report_in_no_form", "no_report", "in the form"),
        ("turn_cap", "max_turns", "limit"),
        ("money_cap", "max_budget", "limit"),
        ("not_logged_in", "auth", "claude setup-token"),
        ("key_refused", "auth", "ANTHROPIC_API_KEY"),
        ("forbidden", "auth", "ANTHROPIC_API_KEY"),
        ("usage_limit", "usage_limit", "usage limit"),
        ("no_credit", "usage_limit", "no credit"),
        ("too_many_requests", "model_unavailable", "429"),
        ("overloaded", "model_unavailable", "529"),
        ("server_error", "model_unavailable", "500"),
        ("bad_request", "agent_crashed", "400"),
        ("no_such_model", "agent_crashed", "selected model"),
        ("ended_from_outside", "agent_crashed", "ended with 1: its last words"),
        ("bash_denied", "", ""),
        ("denied", "", ""),
        ("mcp_server_dead", "", ""),
    ],
)
def test_what_a_run_came_to(name: str, failure: str, told: str) -> None:
    found = judged(recorded(name))

    assert found.failure == failure
    assert told in found.message
    assert (found.report is None) is bool(failure)


def test_a_usage_limit_ends_when_it_says() -> None:
    assert judged(recorded("usage_limit")).until == datetime(2026, 11, 26, 11, 41, 6, tzinfo=UTC)


@pytest.mark.parametrize("at", [None, -1, 0, 1e300, float("nan"), "soon", []])
def test_a_usage_limit_that_does_not_say_when_it_ends(at: object) -> None:
    told = line(type="rate_limit_event", rate_limit_info={"status": "rejected", "resetsAt": at})

    found = judged(transcript(told))

    assert (found.failure, found.until) == ("usage_limit", None)


def test_a_limit_that_only_comes_near_is_none() -> None:
    told = line(type="rate_limit_event", rate_limit_info={"status": "allowed_warning"})

    assert judged(transcript(told, result())).failure == ""


def test_a_report_about_a_login_is_no_refused_login() -> None:
    assert judged(transcript(result(result='{"root_cause": "Not logged in"}'))).failure == ""


def test_what_was_ended_at_its_time_limit() -> None:
    found = judged(recorded("ended_from_outside"), timed_out=True)

    assert (found.failure, found.usd) == ("timeout", None)


def test_a_login_refused_at_once_costs_nothing() -> None:
    assert judged(recorded("key_refused")).usd == 0


def test_what_a_login_refused_in_the_middle_cost_nobody_knows() -> None:
    answer = line(type="assistant", message={"content": [{"type": "text", "text": "I look."}]})
    refusal = line(type="system", subtype="api_retry", error="authentication_failed")

    found = judged(transcript(answer, refusal))

    assert (found.failure, found.usd) == ("auth", None)


def test_the_log_tells_what_was_done_and_denied() -> None:
    told = log(recorded("bash_denied").events).splitlines()

    assert told[0] == "claude 2.1.330, model claude-sonnet-5-5"
    assert told[1].startswith('> Bash {"command": "sleep 300')
    assert told[2].startswith("! Permission for this tool use was denied")
    assert told[-1] == "denied: Bash"
    assert "the MCP server sentry is failed" in log(recorded("mcp_server_dead").events)
    assert "the API answered 500: server_error" in log(recorded("server_error").events)


def test_the_result_is_the_end_and_a_refusal_is_one_at_once() -> None:
    heard = Transcript()

    assert heard.feed(line(type="assistant")) is None
    assert heard.feed(result()) == GRACE_S
    refusal = line(type="system", subtype="api_retry", error="authentication_failed")
    assert heard.feed(refusal) == 0


def test_a_line_may_come_in_pieces_and_the_last_one_without_its_end() -> None:
    heard, said = Transcript(), result(num_turns=7)[:-1]

    assert {heard.feed(said[at : at + 5]) for at in range(0, len(said), 5)} == {None}
    assert judged(heard).failure == "agent_crashed"
    heard.end()

    assert judged(heard).turns == 7


def test_what_is_no_event_is_passed_over() -> None:
    long = b'{"type": "result", "text": "' + b"x" * LINE + b'"}\n'

    assert transcript(b"not json\n\n[1]\nnull\n\xff\xfe\n", long).events == []


def test_a_line_without_end_takes_no_room() -> None:
    heard = Transcript()
    for _ in range(6):
        heard.feed(b"x" * (1 << 20))
    heard.feed(b"\n" + result())

    assert judged(heard).failure == ""


def test_of_a_long_run_the_end_is_kept() -> None:
    heard = transcript(*[line(type="user")] * (KEPT + 10), result())

    assert len(heard.events) == KEPT + 1
    assert judged(heard).failure == ""


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["system", "assistant", "user", "result", "x"])},
            optional=dict.fromkeys(FIELDS, JSON),
        ),
        max_size=4,
    )
)
def test_whatever_it_says_it_is_judged(events: list[Mapping[str, Any]]) -> None:
    heard = transcript(*(line(**event) for event in events))

    found = judged(heard)

    assert (found.report is None) is bool(found.failure)
    assert isinstance(log(heard.events), str)
