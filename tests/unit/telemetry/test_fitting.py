"""An event that is too large arrives shorter, and says so."""

import json
from typing import Any

import pytest

from modules.telemetry.fitting import MOST, fit
from modules.telemetry.hooks import Hooks
from modules.telemetry.scrubbing import Scrubber

EVENT_ID = "a" * 32


def an_event(variables: list[Any], **more: Any) -> dict[str, Any]:
    frames = [{"function": f"f{at}", "vars": one} for at, one in enumerate(variables)]
    values = [{"type": "KeyError", "value": "no order", "stacktrace": {"frames": frames}}]
    return {"event_id": EVENT_ID, "exception": {"values": values}, **more}


def size(event: Any) -> int:
    return len(json.dumps(event, separators=(",", ":")))


def variables(event: dict[str, Any]) -> list[dict[str, Any]]:
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    return [one["vars"] for one in frames]


@pytest.mark.parametrize("later", [True, False], ids=["sealed", "at once"])
def test_a_large_body_in_each_frame_loses_no_error(*, later: bool) -> None:
    body = json.dumps([{"sku": f"A{at}", "qty": at} for at in range(1000)])
    event = an_event([{"body": body, "order": "'7'"} for _ in range(60)])

    made = Hooks(later=later).before_send(event, {})
    safe = made.opened() if later else made

    assert MOST * 0.9 < size(safe) <= MOST
    assert [one["order"] for one in variables(safe)] == ["'7'"] * 60
    assert all(one["body"].endswith(" more characters") for one in variables(safe))


def test_what_fits_stays_as_it_is() -> None:
    event = an_event([{"body": "x" * 100_000} for _ in range(7)])
    before = json.dumps(event)

    fit(event)

    assert json.dumps(event) == before


def test_the_longest_are_cut_first_and_variables_before_anything_else() -> None:
    event = an_event(
        [{"long": "x" * 90_000, "short": "y" * 4000}, {"long": ["x" * 30_000]}],
        extra={"report": "z" * 40_000},
    )

    fit(event, 100_000)

    first, second = variables(event)
    assert size(event) <= 100_000
    assert (first["short"], event["extra"]["report"]) == ("y" * 4000, "z" * 40_000)
    assert len(first["long"]) < 30_000
    assert abs(len(first["long"]) - len(second["long"][0])) < 10
    assert first["long"].endswith(" more characters")


def test_other_parts_are_cut_where_variables_are_not_enough() -> None:
    event = an_event([{"a": "x" * 3000}], extra={"report": "z" * 40_000})

    fit(event, 10_000)

    assert size(event) <= 10_000
    assert event["extra"]["report"].endswith(" more characters")


@pytest.mark.parametrize("char", ["é", '"', "\\", "\n", "🙂"])
def test_characters_that_json_escapes_count_as_what_they_become(char: str) -> None:
    event = an_event([{"a": char * 20_000 + "x" * 20_000} for _ in range(5)])

    fit(event, 50_000)

    assert size(event) <= 50_000
    assert "removed" not in event.get("extra", {})


def test_what_was_cut_before_goes_on_counting_what_it_lost() -> None:
    event = an_event([{"a": "x" * 20_000 + "… 80,000 more characters"}])

    fit(event, 10_000)

    (only,) = variables(event)
    kept, _, lost = only["a"].partition("… ")
    assert len(kept) + int(lost.split()[0].replace(",", "")) == 100_000


@pytest.mark.parametrize(
    ("event", "gone"),
    [
        (an_event([{f"v{at}": "1" for at in range(9000)}]), "vars"),
        (an_event([{}], extra={f"v{at}": "1" for at in range(9000)}), "vars, extra"),
        (an_event([{}], breadcrumbs={"values": [{"n": 1}] * 9000}), "vars, breadcrumbs"),
    ],
    ids=["many variables", "much extra", "many breadcrumbs"],
)
def test_many_short_values_go_as_a_whole_and_the_event_names_them(
    event: dict[str, Any], gone: str
) -> None:
    fit(event, 20_000)

    assert size(event) <= 20_000
    assert event["extra"]["removed"] == f"too large: {gone}"


def test_a_cut_leaves_what_stands_for_a_secret_whole() -> None:
    for length in range(9_900, 10_060, 7):
        event = an_event([{"a": "x" * length + " [redacted:github-token] " + "y" * 20_000}])

        fit(event, 10_200)

        (only,) = variables(event)
        kept = only["a"].partition("…")[0]
        assert "[" not in kept or "[redacted:github-token]" in kept


@pytest.mark.parametrize("strange", [None, "x", 7, [], {"values": 1}, {"values": [1, {}]}])
def test_a_strange_shape_breaks_nothing(strange: Any) -> None:
    event = {"exception": strange, "threads": strange, "extra": {"a": "x" * 9000}}

    fit(event, 1000)

    assert size(event) <= 1000


def test_cutting_uncovers_nothing_that_would_be_found() -> None:
    event = an_event([{"a": f"password=hunter2hunter2 {at} " * 3000} for at in range(20)])
    made = dict(Hooks().before_send(event, {}))
    before = json.dumps(made)

    Scrubber().scrub(made)

    assert "hunter2" not in before
    assert json.dumps(made) == before
