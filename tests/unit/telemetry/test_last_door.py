"""What passes the last door, whichever way it came there."""

import json
from typing import Any

import pytest
from sentry_sdk.envelope import Envelope, Item, PayloadRef

from modules.telemetry.hooks import REMOVED, Clean, Hooks, Sealed
from modules.telemetry.outgoing import screen

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
SID = "0123456789abcdef0123456789abcdef"


def passed(kind: str, payload: Any, **headers: Any) -> tuple[list[Any], Hooks]:
    hooks = Hooks()
    item = Item(payload=PayloadRef(json=payload), type=kind)
    done = screen(Envelope(headers=headers, items=[item]), hooks)
    assert SECRET not in done.serialize().decode()
    return [json.loads(one.get_bytes()) for one in done.items], hooks


def test_an_event_that_passed_no_hook_passes_it_here() -> None:
    (event,), _ = passed("event", {"event_id": SID, "message": f"saw {SECRET}"})

    assert event["message"] == "saw [redacted:github-token]"


def test_a_transaction_that_passed_no_hook_is_scrubbed_here() -> None:
    spans = [{"description": SECRET, "data": {"password": "hunter2hunter2"}}]

    (transaction,), _ = passed("transaction", {"type": "transaction", "spans": spans})

    assert transaction["spans"][0]["data"]["password"] == "[redacted:password]"


def test_a_session_counts_without_its_user() -> None:
    session = {
        "sid": SID, "did": SECRET, "status": "ok",
        "attrs": {"release": "1", "ip_address": "203.0.113.7", "user_agent": SECRET},
    }  # fmt: skip

    (kept,), _ = passed("session", session)

    assert kept == {"sid": SID, "status": "ok", "attrs": {"release": "1"}}


def test_typed_attributes_of_records_keep_their_types() -> None:
    attributes = {
        "password": {"value": "hunter2hunter2", "type": "string"},
        "n": {"value": 3, "type": "integer"},
        "note": {"value": SECRET, "type": "string"},
    }

    (batch,), _ = passed("log", {"items": [{"body": SECRET, "attributes": attributes}]})

    assert batch["items"][0]["attributes"] == {
        "password": {"value": "[redacted:password]", "type": "string"},
        "n": {"value": 3, "type": "integer"},
        "note": {"value": "[redacted:github-token]", "type": "string"},
    }


def test_a_log_that_passed_no_hook_is_filled_with_what_may_leave() -> None:
    attributes = {
        "sentry.message.template": {"value": "pw {password}", "type": "string"},
        "sentry.message.parameter.password": {"value": "hunter2hunter2", "type": "string"},
    }

    (batch,), _ = passed(
        "log", {"items": [{"body": "pw hunter2hunter2", "attributes": attributes}]}
    )

    assert batch["items"][0]["body"] == "pw [redacted:password]"


@pytest.mark.parametrize("kind", ["attachment", "profile", "replay_recording", "of the future"])
def test_what_nobody_can_judge_is_left_out_and_counted(kind: str) -> None:
    found, hooks = passed(kind, {"note": SECRET})

    assert found == []
    assert sum(hooks.counters.totals("dropped").values()) == 1


def test_bytes_are_left_out_whatever_they_are_called() -> None:
    envelope = Envelope(items=[Item(payload=SECRET.encode(), type="event")])

    assert screen(envelope, Hooks()).items == []


def test_what_cannot_be_scrubbed_is_left_out() -> None:
    found, hooks = passed("check_in", {"note": {1, 2}})

    assert found == []
    assert hooks.counters.totals("dropped") == {("check_in", "scrubbing_failed"): 1}


def test_headers_of_the_envelope_are_scrubbed() -> None:
    hooks = Hooks()

    done = screen(Envelope(headers={"trace": {"transaction": f"/reset/{SECRET}"}}), hooks)

    assert done.headers == {"trace": {"transaction": "/reset/[redacted:github-token]"}}


def test_what_passed_a_hook_is_not_looked_at_again() -> None:
    clean = Clean({"message": "x"})
    item = Item(payload=PayloadRef(json=clean), type="event")

    done = screen(Envelope(items=[item]), Hooks())

    assert done.items == [item]


@pytest.mark.parametrize("hooked", [True, False], ids=["by the hook", "past the hook"])
def test_an_event_is_scrubbed_when_the_thread_that_sends_it_asks_for_its_bytes(
    *, hooked: bool
) -> None:
    hooks = Hooks(later=True)
    event = {"event_id": SID, "message": f"saw {SECRET}", "tags": {"shop": "eu"}}
    given = hooks.before_send(event, {}) if hooked else event

    (item,) = screen(
        Envelope(items=[Item(payload=PayloadRef(json=given), type="event")]), hooks
    ).items
    before = hooks.counters.totals("scrubbed")
    told = [json.loads(item.get_bytes()) for _ in range(2)]

    assert (item.type, item.data_category, item.payload.json) == ("event", "error", None)
    assert before == {}
    assert hooks.counters.totals("scrubbed") == {("github-token",): 1}
    assert told[0] == told[1]
    assert (told[0]["message"], told[0]["tags"]) == ("saw [redacted:github-token]", {"shop": "eu"})


def test_to_any_other_transport_a_sealed_event_is_the_least_of_it() -> None:
    made = Hooks(later=True).before_send({"event_id": SID, "message": SECRET}, {})

    assert isinstance(made, Sealed)
    sent = json.loads(Item(payload=PayloadRef(json=made), type="event").get_bytes())
    assert sent["logentry"] == {"formatted": REMOVED}
    assert SECRET not in json.dumps(sent)


def test_what_cannot_be_scrubbed_when_it_is_opened_leaves_as_the_least_of_it() -> None:
    hooks = Hooks(later=True)
    made = hooks.before_send({"event_id": SID, "extra": {"note": object(), "and": SECRET}}, {})

    item = Item(payload=PayloadRef(json=made), type="event")
    (safe,) = screen(Envelope(items=[item]), hooks).items

    assert json.loads(safe.get_bytes())["logentry"] == {"formatted": REMOVED}
    assert hooks.counters.totals("reduced") == {("error",): 1}
    assert hooks.counters.totals("dropped") == {}


def test_a_sealed_event_shows_its_trace_to_the_sdk_which_takes_the_sampling_out() -> None:
    trace = {"trace_id": SID, "span_id": SID[:16], "data": {"q": SECRET},
             "dynamic_sampling_context": {"public_key": "k"}}  # fmt: skip
    event = {"event_id": SID, "contexts": {"trace": trace}, "message": "m"}

    made = Hooks(later=True).before_send(event, {})
    shown = made["contexts"]["trace"]

    assert shown.pop("dynamic_sampling_context") == {"public_key": "k"}
    assert shown == {"trace_id": SID, "span_id": SID[:16]}
    assert made.opened()["contexts"]["trace"].keys() == {"trace_id", "span_id", "data"}


def a_transaction(**more: Any) -> dict[str, Any]:
    spans = [{"description": f"saw {SECRET}", "op": "db"} for _ in range(3)]
    trace = {"trace_id": SID, "span_id": SID[:16], "data": {"q": SECRET},
             "dynamic_sampling_context": {"public_key": "k"}}  # fmt: skip
    return {
        "type": "transaction", "event_id": SID, "transaction": f"/reset/{SECRET}", "spans": spans,
        "start_timestamp": "2026-11-27T03:31:57.000000Z", "timestamp": 1795750317.5,
        "contexts": {"trace": trace}, "environment": "lab", "release": SECRET, **more,
    }  # fmt: skip


def test_a_transaction_is_scrubbed_when_the_thread_that_sends_it_asks_for_its_bytes() -> None:
    hooks = Hooks(later=True)
    made = hooks.before_send_transaction(a_transaction(), {})
    shown = json.dumps(made)
    sampling = made["contexts"]["trace"].pop("dynamic_sampling_context")

    (item,) = screen(
        Envelope(items=[Item(payload=PayloadRef(json=made), type="transaction")]), hooks
    ).items
    before = hooks.counters.totals("scrubbed")
    sent = json.loads(item.get_bytes())

    assert isinstance(made, Sealed)
    assert (SECRET in shown, before, sampling) == (False, {}, {"public_key": "k"})
    assert len((item.get_transaction_event() or {})["spans"]) == 3  # the SDK counts what is lost
    assert made["start_timestamp"] == "2026-11-27T03:31:57.000000Z"
    assert (made["environment"], "release" in made) == ("lab", False)
    assert SECRET not in json.dumps(sent)
    assert sent["transaction"] == "/reset/[redacted:github-token]"
    assert [one["op"] for one in sent["spans"]] == ["db"] * 3
    assert "dynamic_sampling_context" not in sent["contexts"]["trace"]


@pytest.mark.parametrize(
    "strange",
    [
        {"spans": [{"op": "gen_ai.chat", "description": SECRET}]},
        {"spans": {"a": SECRET}},
        {"contexts": {}},
        {"start_timestamp": SECRET},
        {"event_id": SECRET},
    ],
    ids=["the SDK splits it", "no list of spans", "no trace", "no time", "no number"],
)
def test_a_transaction_of_which_the_sdk_asks_more_is_scrubbed_at_once(strange: Any) -> None:
    made = Hooks(later=True).before_send_transaction(a_transaction(**strange), {})

    assert not isinstance(made, Sealed)
    assert SECRET not in json.dumps(made)


def test_a_transaction_that_cannot_be_scrubbed_when_it_is_opened_does_not_leave() -> None:
    hooks = Hooks(later=True)
    made = hooks.before_send_transaction(a_transaction(extra={"note": object()}), {})

    item = Item(payload=PayloadRef(json=made), type="transaction")
    (safe,) = screen(Envelope(items=[item]), hooks).items

    with pytest.raises(ValueError, match="not scrubbed"):
        safe.get_bytes()
    assert hooks.counters.totals("dropped") == {("transaction", "scrubbing_failed"): 1}
