"""One event as data: what matters first, the rest counted."""

from typing import Any

from fakes.values import an_event
from mcp_servers.sentry_monitor.src.operations.occurrence import (
    CONCISE,
    DETAILED,
    Depth,
    event_facts,
    event_outside,
)
from modules.sentry.models import read_event

Json = dict[str, Any]


def a_frame(number: int, *, in_app: bool = True, **more: Any) -> Json:
    return {
        "filename": f"shop/f{number}.py",
        "function": f"call_{number}",
        "lineNo": 10,
        "inApp": in_app,
        "context": [[line, f"code {line}"] for line in range(3, 18)],
        "vars": {f"v{at}": at for at in range(20)},
        **more,
    }


def thrown(*frames: Json, name: str = "ValueError") -> Json:
    return {"type": name, "value": "boom", "stacktrace": {"frames": list(frames)}}


def told(values: list[Json], depth: Depth = CONCISE, **more: Any) -> Json:
    entries = [{"type": "exception", "data": {"values": values}}, *more.pop("entries", [])]
    return event_outside(read_event(an_event(entries=entries, **more)), depth)


def frames(values: list[Json], depth: Depth = CONCISE) -> list[Json]:
    found: list[Json] = told(values, depth)["exceptions"][0]["frames"]
    return found


def test_where_it_broke_comes_first() -> None:
    shown = frames([thrown(a_frame(1), a_frame(2), a_frame(3))])

    assert [one["in"] for one in shown] == ["call_3", "call_2", "call_1"]


def test_the_first_frames_show_source_and_locals_and_the_others_one_line() -> None:
    first, second, third = frames([thrown(a_frame(1), a_frame(2), a_frame(3))])

    assert first["context"] == [
        "     8 code 8",
        "     9 code 9",
        ">   10 code 10",
        "    11 code 11",
        "    12 code 12",
    ]
    assert first["locals"]["v0"] == 0
    assert first["locals"]["…"] == "12 more"
    assert "context" in second
    assert third == {"at": "shop/f1.py:10", "in": "call_1", "source": "code 10"}


def test_library_frames_are_counted_when_concise_and_listed_when_detailed() -> None:
    values = [thrown(a_frame(1), a_frame(2, in_app=False), a_frame(3, in_app=False))]

    concise = told(values)["exceptions"][0]
    detailed = told(values, DETAILED)["exceptions"][0]

    assert [one["in"] for one in concise["frames"]] == ["call_1"]
    assert concise["left_out"] == "2 library frames"
    assert [one["in"] for one in detailed["library_frames"]] == ["call_3", "call_2"]


def test_without_frames_of_ones_own_the_innermost_leads() -> None:
    shown = told([thrown(a_frame(1, in_app=False), a_frame(2, in_app=False))])["exceptions"][0]

    assert [one["in"] for one in shown["frames"]] == ["call_2"]
    assert shown["left_out"] == "1 library frames"


def test_thirty_frames_are_cut_and_counted() -> None:
    shown = told([thrown(*(a_frame(n) for n in range(30)))])["exceptions"][0]

    assert len(shown["frames"]) == CONCISE.in_app
    assert shown["left_out"] == f"{30 - CONCISE.in_app} in-app frames"


def test_the_last_raised_exception_leads_and_the_root_cause_has_source_too() -> None:
    values = [thrown(a_frame(n), name=f"Error{n}") for n in (1, 2, 3)]

    shown = told(values)["exceptions"]

    assert [one["type"] for one in shown] == ["Error3", "Error2", "Error1"]
    assert ["context" in one["frames"][0] for one in shown] == [True, False, True]


def test_more_exceptions_than_can_be_read_are_counted() -> None:
    outside = told([thrown(a_frame(n)) for n in range(9)])

    assert len(outside["exceptions"]) == CONCISE.exceptions
    assert outside["more_exceptions"] == 9 - CONCISE.exceptions


def test_the_latest_breadcrumbs_are_kept() -> None:
    crumbs = [{"message": f"step {n}", "level": "info"} for n in range(30)]

    outside = told([], entries=[{"type": "breadcrumbs", "data": {"values": crumbs}}])

    assert outside["breadcrumbs"][-1] == {"message": "step 29"}
    assert len(outside["breadcrumbs"]) == CONCISE.breadcrumbs
    assert outside["earlier_breadcrumbs"] == 30 - CONCISE.breadcrumbs


def test_headers_and_cookies_are_for_the_detailed_answer() -> None:
    concise = event_outside(read_event(an_event()), CONCISE)
    detailed = event_outside(read_event(an_event()), DETAILED)

    assert set(concise["request"]) == {"method", "url", "query"}
    assert detailed["request"]["headers"] == {"Host": "shop.example.com"}
    assert detailed["contexts"] == {"runtime": {"name": "CPython", "version": "3.11"}}
    assert detailed["extra"] == {"cart_id": 9}


def test_tags_that_say_nothing_new_are_left_out() -> None:
    tags = [["level", "error"], ["release", "x"], ["customer", "acme"]]

    assert told([], tags=tags)["tags"] == {"customer": "acme"}
    assert "level" in told([], DETAILED, tags=tags)["tags"]


def test_a_message_that_repeats_the_title_is_said_once() -> None:
    assert "ValueError: boom" not in told([], message="ValueError: boom").values()
    assert "other" in told([], message="other").values()


def test_only_what_identifies_a_user_is_taken() -> None:
    outside = told([], user={"id": "7", "name": None, "data": {"secret": 1}, "geo": {}})

    assert outside["user"] == {"id": "7"}


def test_an_empty_event_is_an_empty_answer() -> None:
    assert event_outside(read_event({"id": "a"}), DETAILED) == {}


def test_ids_that_are_none_are_not_vouched_for() -> None:
    event = read_event(an_event(previousEventID="see <b>", nextEventID="f" * 32))

    facts = event_facts(event)

    assert "previous_id" not in facts
    assert facts["next_id"] == "f" * 32
    assert facts["at"] == "2026-08-20T10:00Z"
