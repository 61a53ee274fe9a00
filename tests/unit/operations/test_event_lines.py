"""How an event reads: chains, groups, contexts."""

from typing import Any

from mcp_servers.sentry_monitor.src.operations.event_lines import event_sections
from mcp_servers.sentry_monitor.src.operations.occurrence import CONCISE, DETAILED, event_outside
from modules.sentry.models import read_event


def a_value(type_: str, **mechanism: Any) -> dict[str, Any]:
    return {"type": type_, "value": type_.lower(), "mechanism": mechanism or None}


def read(values: list[dict[str, Any]], **event: Any) -> dict[str, Any]:
    """`values` as Sentry keeps them: the one that was raised comes last."""
    entries = [{"type": "exception", "data": {"values": values}}]
    return {"eventID": "e" * 32, "entries": entries, **event}


def lines(raw: dict[str, Any], title: str, depth: Any = CONCISE) -> list[str]:
    sections = event_sections(event_outside(read_event(raw), depth))
    return [line for one in sections if one.title == title for line in one.lines]


def test_a_long_chain_keeps_its_root_cause_and_says_how_many_are_between() -> None:
    chain = [a_value(f"E{n}") for n in range(5, 0, -1)]

    assert lines(read(chain), "exception") == [
        "E1: e1",
        "caused by E2: e2",
        "… 2 more between",
        "caused by E5: e5",
    ]


def test_members_of_a_group_are_not_called_causes() -> None:
    group = [
        a_value("TypeError", exception_id=2, parent_id=0, source="exceptions[1]"),
        a_value("ValueError", exception_id=1, parent_id=0, source="exceptions[0]"),
        a_value("ExceptionGroup", exception_id=0, is_exception_group=True),
    ]

    assert lines(read(group), "exception") == [
        "ExceptionGroup: exceptiongroup",
        "in the group ExceptionGroup: ValueError: valueerror",
        "in the group ExceptionGroup: TypeError: typeerror",
    ]


def test_an_exception_that_was_being_handled_is_no_cause() -> None:
    chain = [
        a_value("KeyError", exception_id=1, parent_id=0, source="__context__"),
        a_value("RuntimeError", exception_id=0, handled=False),
    ]

    assert lines(read(chain), "exception") == [
        "RuntimeError (unhandled): runtimeerror",
        "while handling KeyError: keyerror",
    ]


def test_contexts_of_the_application_are_shown_and_those_of_the_sdk_wait_for_detailed() -> None:
    contexts = {
        "trace": {"type": "trace", "trace_id": "f" * 32},
        "runtime": {"type": "runtime", "name": "CPython"},
        "order": {"type": "default", "items": 3},
    }
    raw = read([a_value("E")], contexts=contexts)

    assert lines(raw, "contexts") == ["order: items=3"]
    assert lines(raw, "contexts", DETAILED) == ["order: items=3", "runtime: name=CPython"]
