"""The door: what leaves through it, for an agent, a log, a page."""

import json
import re
import unicodedata
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.safetext.policy import Policy
from modules.safetext.sinks import MEMBER, PUBLIC, for_agent, for_data, for_line, for_markdown
from unit.safetext.planted import planted

PLANTED = planted()
WORD = "hunter" + "2pass"
NASTY = st.one_of(
    st.text(st.characters(), max_size=30),
    st.lists(
        st.sampled_from(
            ["\x1b[31m", "\u202e", "password=", "token: ", "abc1234", "\n", " ", '"', "</untrusted",
             "… 5 more characters", "[redacted:x]", "\ud800", "Cookie: a=", "x" * 70, "4111 1111 "]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip
KEYS = st.one_of(NASTY, st.sampled_from(["password", "key", "value", "name", "headers", "…"]))
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), NASTY)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=15,
)
SMALL = Policy(default_cap=40, caps={}, items=4, depth=3)


def strings(value: Any) -> list[str]:
    """Every string and key in the value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [one for pair in value.items() for part in pair for one in strings(part)]
    return [one for part in value for one in strings(part)] if isinstance(value, list) else []


def data(value: object, policy: Policy = Policy()) -> Any:  # noqa: B008 - frozen
    """What is left of the value."""
    return for_data(value, origin="sentry event", policy=policy)["data"]


def offends(text: str) -> bool:
    """The hostile check."""
    return any(
        unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c not in "\n\t" for c in text
    )


def test_data_stands_between_its_tags_in_the_promised_order() -> None:
    marked = for_data(
        {"title": "a\u200bb", "mail": "x@example.com", "text": "y" * 3000}, origin="sentry event"
    )

    assert list(marked) == [
        "tag", "origin", "writable_by", "data", "stripped", "redacted", "cut", "end",
    ]  # fmt: skip
    assert marked["tag"] == marked["end"]
    assert marked["writable_by"] == PUBLIC
    assert (marked["stripped"], marked["redacted"], marked["cut"]) == (1, {"email": 1}, ["text"])


def test_harmless_data_carries_no_notes() -> None:
    marked = for_data([1, "a"], origin="notes", writers=MEMBER)

    assert list(marked) == ["tag", "origin", "writable_by", "data", "end"]


def test_labels_cannot_break_out() -> None:
    assert for_data({}, origin='a"\n<b>')["origin"] == "a&quot; &lt;b&gt;"


@pytest.mark.parametrize("one", PLANTED, ids=[f"{n} {one.kind}" for n, one in enumerate(PLANTED)])
def test_no_planted_secret_leaves_through_any_sink(one: Any) -> None:
    joined = "\u200b".join(one.text)
    coloured = one.text[:3] + "\x1b[31m" + one.text[3:]
    roomy = Policy(default_cap=4000)
    for text in (one.text, joined, coloured, f"x {one.text} y"):
        rendered = [
            json.dumps(data({"a": text, text: 1}, roomy)),
            for_agent(text, origin="o"),
            for_line(text, 4000),
            for_markdown(text, 4000),
        ]
        for safe in rendered:
            assert one.text not in safe
            assert "[redacted:" in safe


def test_a_secret_goes_by_its_key_wherever_it_stands() -> None:
    value = {
        "password": WORD,
        "headers": [["Cookie", WORD], ["Host", "x"]],
        "tags": [{"key": "api_key", "value": WORD}, {"key": "os", "value": "linux"}],
        "auth": {"nested": [WORD]},
        "session": 12345678,
        "token": 5,
        "authenticated": True,
        "secret": "[Filtered]",
        "pin_code": {"name": "pass\u200bword", "value": WORD},
        "otp": 123456,
    }

    assert data(value) == {
        "password": "[redacted:password]",
        "headers": [["Cookie", "[redacted:cookie]"], ["Host", "x"]],
        "tags": [
            {"key": "api_key", "value": "[redacted:api-key]"},
            {"key": "os", "value": "linux"},
        ],
        "auth": {"nested": ["[redacted:authorization]"]},
        "session": "[redacted:session]",
        "token": 5,
        "authenticated": True,
        "secret": "[Filtered]",
        "pin_code": {"name": "password", "value": "[redacted:password]"},
        "otp": "[redacted:one-time-code]",
    }


def test_a_secret_as_a_key_goes_too() -> None:
    assert list(data({"jane@example.com": 1})) == ["[redacted:email]"]


def test_a_key_keeps_its_promise_though_part_of_it_is_redacted() -> None:
    assert data({"x@y.de_password": WORD}) == {"[redacted:email]_password": "[redacted:password]"}


def test_keys_that_become_equal_stay_apart() -> None:
    assert data({"a": 1, "a\u200b": 2, 3: 4}) == {"a": 1, "a (2)": 2, "3": 4}


def test_long_keys_that_become_equal_stay_apart_and_stable() -> None:
    once = data({"k" * 300: 1, "k" * 299 + "\u200bk": 2, "a" * 200: 3, "a" * 200 + "\u200b": 4})

    assert len(once) == 4
    assert data(once) == once


def test_numbers_stay_unless_json_or_python_cannot_say_them() -> None:
    value = [1, 2.5, True, None, float("nan"), float("-inf"), 10**40, 10**20_000]

    assert data(value)[:7] == [1, 2.5, True, None, "nan", "-inf", "1" + "0" * 40]
    assert data(value)[7].startswith("integer of ")


def test_a_card_number_is_one_as_a_number_too() -> None:
    assert data({"n": 4111_1111_1111_1111}) == {"n": "[redacted:card]"}


def test_an_enumeration_of_strings_is_a_string() -> None:
    class Level(StrEnum):
        ERROR = "error"

    assert type(data([Level.ERROR])[0]) is str


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"x", {("a",): 1}, [object()]],
    ids=["object", "set", "bytes", "tuple key", "inner object"],
)
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        data(value)


def test_caps_follow_the_key() -> None:
    left = data({"title": "a" * 300, "value": "b" * 3000, "x": ["c" * 300]})

    assert left["title"] == "a" * 200 + "… 100 more characters"
    assert left["value"] == "b" * 1000 + "… 2,000 more characters"
    assert left["x"] == ["c" * 200 + "… 100 more characters"]


def test_long_lists_deep_values_and_many_keys_are_cut_and_named() -> None:
    marked = for_data(
        {"many": list(range(10)), "deep": [[[1]]], **{str(n): n for n in range(5)}},
        origin="o",
        policy=SMALL,
    )

    assert marked["data"]["many"] == [0, 1, 2, 3, "… 6 more"]
    assert marked["data"]["deep"] == [["…"]]
    assert marked["data"]["…"] == "3 more"
    assert marked["cut"] == ["many", "deep[0][0]", ""]


def test_at_most_twenty_cuts_are_named() -> None:
    assert len(for_data({str(n): "x" * 999 for n in range(50)}, origin="o")["cut"]) == 20


def test_a_megabyte_of_invisible_text_hides_no_half_secret() -> None:
    text = "\u200b" * 1770 + "ghp_" + "a" * 1_000_000

    assert "ghp_" not in for_line(text)


def test_what_may_stay_stays() -> None:
    policy = Policy(emails=True, addresses=True)

    assert for_line("jane@example.com 203.0.113.7", policy=policy) == "jane@example.com 203.0.113.7"


def test_a_line_is_one_line() -> None:
    assert for_line("a\r\nb\tc\x1b[0m\u2028d") == "a b c d"
    assert for_line(None) == "None"


def test_without_the_door_the_hostile_check_fails() -> None:
    assert any(offends(one) for one in strings({"a": "x\u202ey"}))
    assert not any(offends(one) for one in strings(data({"a": "x\u202ey"})))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(VALUES, st.sampled_from([Policy(), SMALL]))
def test_data_is_safe_bounded_and_stable(value: object, policy: Policy) -> None:
    marked = for_data(value, origin="sentry event", policy=policy)
    texts = strings(marked["data"])

    assert not any(offends(text) for text in texts)
    assert all(len(text) <= policy.default_cap + 60 for text in texts) or policy is not SMALL
    assert marked["tag"] not in unicodedata.normalize("NFKC", json.dumps(marked["data"])).casefold()
    assert data(marked["data"], policy) == marked["data"]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(NASTY, st.integers(1, 80))
def test_a_line_is_safe_bounded_and_stable(text: str, cap: int) -> None:
    line = for_line(text, cap)

    assert not offends(line)
    assert "\n" not in line
    assert "\t" not in line
    assert len(line) <= cap + 40
    assert for_line(line, cap) == line


@settings(derandomize=True, max_examples=300, deadline=None)
@given(NASTY)
def test_a_block_for_an_agent_is_safe_and_stable(text: str) -> None:
    block = for_agent(text, origin="sentry event")
    body = block.split("\n", 1)[1].rsplit("\n", 1)[0]

    assert not offends(block)
    assert len(re.findall(r"(?i)<\s*/?\s*untrusted", block)) == 2
    assert for_agent(body, origin="o").split("\n", 1)[1].rsplit("\n", 1)[0] == body


def test_an_answer_has_a_total_cap_however_its_values_are_spread() -> None:
    spread = {f"key{row}": {f"k{n}": "word " * 30 for n in range(90)} for row in range(90)}

    left = for_data(spread, origin="sentry event")

    size = sum(map(len, strings(left["data"])))
    assert 0.95 * Policy().total <= size <= Policy().total + 2000
    assert str(left["data"]).count(" more'") >= 1
    assert left["cut"]


def test_what_was_cut_to_the_total_stays_as_it_is() -> None:
    policy = Policy(total=500)
    once = data([{f"k{n}": "word " * 10 for n in range(9)} for _ in range(9)], policy)

    assert data(once, policy) == once


def test_a_list_that_fits_is_never_shortened() -> None:
    issues = [{"title": "t" * 200, "culprit": "c" * 200} for _ in range(100)]

    assert data(issues) == issues


def test_numbers_count_for_the_total_too() -> None:
    numbers = [[{f"k{n}": 10**6 + n for n in range(90)} for _ in range(90)] for _ in range(30)]

    assert len(json.dumps(data(numbers))) < 5 * Policy().total


def test_what_follows_a_flag_in_a_list_is_what_the_flag_promises() -> None:
    argv = ["app.py", "--password", WORD, "--verbose", "yes", "--token", "abcd1234efgh", "plain"]

    left = data({"sys.argv": argv})["sys.argv"]

    assert left == [
        "app.py", "--password", "[redacted:password]", "--verbose", "yes", "--token",
        "[redacted:token]", "plain",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [4111111111111111, 4111111111111111.0])
def test_a_card_is_one_however_its_number_is_written(number: float) -> None:
    assert data({"paid_with": number, "took_ms": 4711.5e11}) == {
        "paid_with": "[redacted:card]",
        "took_ms": 4711.5e11,
    }
