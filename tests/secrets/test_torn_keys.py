"""Private keys whose lines arrive one by one."""

import json
from typing import Any

import pytest

from modules.safetext.sinks import for_agent, for_data, for_line

from .door import knowing, leaving
from .fields import upstream
from .sweep import FORMS, Tally

KEY = next(form for form in FORMS if form.kind == "private-key")
LINES = KEY.text.split("\n")
CALLS = (
    ("get-issue-details", {"issue_id": "42"}),
    ("get-issue-details", {"issue_id": "42", "response_format": "detailed"}),
    ("get-error-events", {"issue_id": "42", "event_id": "latest"}),
)


async def leaks_of(known: dict[str, Any]) -> Tally:
    tally = Tally()
    async for one in leaving(knowing(known), calls=CALLS):
        tally.look(f"{one.operation} {one.way}", one.text, [("torn", KEY)])
    return tally


# The concise form shows five lines: round the sixth, none of them is a mark.
@pytest.mark.parametrize("line", [1, 2, 3, 4, 5, 7, 8, 9, 10, 11])
async def test_a_key_in_source_lines_goes_where_one_of_its_marks_is_shown(line: int) -> None:
    source = ["import jwt", "KEY = '''\\", *LINES, "'''", "sign(KEY)"]
    known = upstream({})
    frame = known["event"]["entries"][0]["data"]["values"][1]["stacktrace"]["frames"][1]
    frame["context"] = [[n, code] for n, code in enumerate(source, 1)]
    frame["lineNo"] = line

    tally = await leaks_of(known)

    assert tally.leaks == {}


async def test_a_key_in_breadcrumbs_goes() -> None:
    known = upstream({})
    crumbs = known["event"]["entries"][1]["data"]["values"]
    crumbs[:] = [{**crumbs[0], "message": line} for line in LINES]

    tally = await leaks_of(known)

    assert tally.leaks == {}


@pytest.mark.parametrize("lines", [LINES, LINES[:-1], LINES[1:], LINES[:3], LINES[-3:]])
@pytest.mark.parametrize(
    "form", ["{}", '"{}\\n"', "    '{}' +", "{}\\n\\", "  12 {}", "> {}", "k: {}"]
)
def test_a_key_in_a_list_goes_with_or_without_its_other_mark(lines: list[str], form: str) -> None:
    value = {"lines": ["x", *(form.format(line) for line in lines), "y"], "other": "stays"}
    tally = Tally()

    data = for_data(value, origin="test")
    tally.look("data", json.dumps(data), [("list", KEY)])
    tally.look("agent", for_agent("\n".join(value["lines"]), origin="test"), [("text", KEY)])
    tally.look("line", for_line("\n".join(value["lines"]), 4000), [("text", KEY)])

    assert tally.leaks == {}
    assert data["data"]["other"] == "stays"
    assert data["data"]["lines"][0] == "x"


def test_without_a_mark_of_a_key_base64_stays() -> None:
    value = {"lines": ["-----BEGIN CERTIFICATE-----", *LINES[1:-1], "-----END CERTIFICATE-----"]}

    assert for_data(value, origin="test")["data"] == value


def test_ordinary_words_beside_a_key_stay() -> None:
    value = {"lines": [*LINES, "internationalization of app/controllers", "done"]}

    assert for_data(value, origin="test")["data"]["lines"][-2:] == value["lines"][-2:]
