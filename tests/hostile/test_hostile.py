"""Hostile events, seeded, through every way out of the program; a part of what `make hostile` does."""

import json
import random
from typing import Any, get_args

import pytest

from hostile import control
from hostile.checks import FORBIDDEN
from hostile.fields import FIELDS, STATUSES, a_case, encoded
from hostile.grammar import FAMILIES, MARK, a_payload
from hostile.renderers import RENDERERS
from hostile.run import Tally, judged
from hostile.runs import CALLS
from hostile.spelling import ENCODINGS, revealed
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

SEED = 20261126
CASES = 18
ALL = 90  # cases after which each field had its turn
WRITTEN_BY_STRANGERS = (
    "issue.title", "issue.culprit", "issue.metadata.value", "issue.logger",
    "issue.activity.0.data.text", "issue.statusDetails.inRelease", "issue.firstRelease.version",
    "event.title", "event.message", "event.culprit", "event.transaction", "event.logger",
    "event.release.version", "event.tags.0.key", "event.tags.0.value", "event.user.username",
    "event.user.<key>", "event.contexts.cart.size", "event.contexts.<key>", "event.context.<key>",
    "event.context.coupon.code", "event.sdk.name", "event.fingerprints.0",
    "event.entries.0.data.values.0.type", "event.entries.0.data.values.0.value",
    "event.entries.0.data.values.1.stacktrace.frames.1.function",
    "event.entries.0.data.values.1.stacktrace.frames.1.filename",
    "event.entries.0.data.values.1.stacktrace.frames.1.context.0.1",
    "event.entries.0.data.values.1.stacktrace.frames.1.vars.cart",
    "event.entries.0.data.values.1.stacktrace.frames.1.vars.<key>",
    "event.entries.1.data.values.0.message", "event.entries.1.data.values.0.category",
    "event.entries.1.data.values.0.data.<key>", "event.entries.2.data.url",
    "event.entries.2.data.query.0.1", "event.entries.2.data.headers.0.0",
    "event.entries.2.data.cookies.0.1", "event.entries.2.data.env.<key>",
    "event.entries.2.data.data.<key>", "event.entries.3.data.formatted", "note.data.text",
    "note.id", "release.version", "row.release", "row.environment", "project.name", "me.user.name",
    "headers.link",
)  # fmt: skip


@pytest.fixture(scope="module")
def tally() -> Tally:
    return judged(SEED, range(CASES))


def test_nothing_hostile_gets_out_of_any_renderer(tally: Tally) -> None:
    assert tally.total >= 3000
    assert [str(one) for one in tally.failures] == []


def test_hostile_text_does_come_out_where_strangers_are_quoted(tally: Tally) -> None:
    quoting = (
        "list", "concise", "detailed", "event", "patterns", "connection", "job", "job diff",
        "job log", "job record", "pull", "setup",
        "job log", "job record", "pull", "tracked", "tracked one",
    )  # fmt: skip
    names = [f"{kind} {name}" for kind in ("text", "json", "terminal") for name in quoting]

    names += [f"autofix {name}" for name in ("title", "body", "note", "page", "prompt", "failure")]
    names += [f"tracker {name}" for name in ("title", "body", "jira", "page")]
    names += ["mcp issue", "mcp event"]

    assert {name for name in names if not tally.seen[name]} == set()


@pytest.mark.logs_errors  # without protection the program may fail
@pytest.mark.parametrize("name", control.LAYERS)
def test_the_suite_fails_without_a_layer(name: str) -> None:
    layer = control.LAYERS[name]
    chosen = [one for one in RENDERERS if one.name.startswith(layer.where or "text")]

    with control.without(layer):
        found = Tally()
        for first in range(0, 60, 2):
            found.add(judged(SEED, range(first, first + 2), chosen))
            if found.faults[layer.fault]:
                break

    assert found.faults[layer.fault]
    assert not (judged(SEED, [first], chosen)).failures


def test_every_operation_is_rendered_in_each_of_its_formats() -> None:
    shown = {(call.operation, call.parameters.get("response_format")) for call in CALLS}
    wanted = {(one.name, form) for one in OPERATIONS for form in formats(one.parameters)}

    assert shown == wanted


def formats(parameters: Any) -> tuple[str | None, ...]:
    field = parameters.model_fields.get("response_format")
    if field is None:
        return (None,)
    assert field.annotation is not None
    return get_args(field.annotation)


def test_every_call_and_every_refusal_is_text_data_and_a_terminal() -> None:
    names = [one.name for one in RENDERERS]
    wanted = [call.name for call in CALLS] + [str(status) for status in STATUSES]

    assert len(set(names)) == len(names)
    for one in wanted:
        for kind in ("text", "json", "terminal"):
            assert f"{kind} {one}" in names or f"{one} {kind}" in names


def test_every_field_has_its_turn_and_every_family() -> None:
    cases = [a_case(SEED, number) for number in range(ALL)]
    fields = {field.name for case in cases for field, _ in case.placed}
    families = {payload.family for case in cases for payload in case.payloads}
    encodings = {payload.encoding for case in cases for payload in case.payloads}

    assert fields == {one.name for one in FIELDS}
    assert families == set(FAMILIES)
    assert encodings == set(ENCODINGS)


def test_every_place_that_strangers_write_is_a_field() -> None:
    assert set(WRITTEN_BY_STRANGERS) - {one.name for one in FIELDS} == set()


def test_the_same_seed_gives_the_same_events() -> None:
    assert a_case(SEED, 7).bodies == a_case(SEED, 7).bodies
    assert a_case(SEED, 7).bodies != a_case(SEED + 1, 7).bodies
    assert a_case(SEED, 7).bodies != a_case(SEED, 8).bodies


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_reader_can_find_each_payload(family: str, encoding: str) -> None:
    payload = a_payload(random.Random(SEED), family, encoding)  # noqa: S311 - it makes text

    assert payload.canary.startswith(MARK)
    spelled = payload.text if isinstance(payload.value, str) else json.dumps(payload.value)
    assert payload.canary in revealed(spelled)


def test_bodies_may_hold_bytes_of_no_character() -> None:
    body = encoded("a\udcff\ud800", raw_bytes=True)

    assert body == b'"a\xff\xed\xa0\x80"'
    assert encoded("a\ud800", raw_bytes=False) == b'"a\\ud800"'


def test_what_may_not_be_shown_is_not_what_people_write() -> None:
    assert not FORBIDDEN.intersection("naïve 日本語 ✓ “x” \n\t")
    assert FORBIDDEN.issuperset("\x1b\x9b\u202e\u200b\ufe0f\U000e0041\ue000\ud800\u2028")
