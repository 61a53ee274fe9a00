"""Reading out of JSON that is not as documented."""

import pytest

from modules.sentry.reading import child, children, counts, flag, get, number, objects, pairs, text


def test_both_spellings_are_read_and_the_documented_one_wins() -> None:
    assert get({"eventID": 1, "event_id": 2}, "eventID") == 1
    assert get({"event_id": 2}, "eventID") == 2
    assert get({"eventID": None, "event_id": 2}, "eventID") == 2
    assert get({"date_created": 3}, "dateCreated") == 3
    assert get(["eventID"], "eventID") is None


@pytest.mark.parametrize(
    ("value", "said"), [("a", "a"), (7, "7"), (1.5, "1.5"), (None, ""), (True, ""), ([], "")]
)
def test_text_is_a_string_or_a_number(value: object, said: str) -> None:
    assert text({"a": value}, "a") == said


@pytest.mark.parametrize(
    ("value", "count"),
    [(7, 7), ("8", 8), (7.9, 7), ("x", 0), (None, 0), ([], 0), (-1, 0), (2**60, 0), (1e999, 0)],
)
def test_a_number_is_a_count_that_can_be_reckoned_with(value: object, count: int) -> None:
    assert number({"a": value}, "a") == count


def test_empty_buckets_count_nothing() -> None:
    assert counts([1, None, 2.0, "x", 10**400, float("nan"), -3]) == [1, 0, 2, 0, 0, 0, 0]
    assert counts(None) == []


def test_a_flag_is_true_or_false_or_unknown() -> None:
    assert [flag({"a": one}, "a") for one in (True, False, None, 1, "true")] == [
        True,
        False,
        None,
        None,
        None,
    ]


def test_wrong_shapes_read_as_empty() -> None:
    assert child({"a": []}, "a") == {}
    assert children({"a": {}}, "a") == []
    assert objects([{"a": 1}, None, "x"]) == [{"a": 1}]
    assert objects({"a": 1}) == []


def test_pairs_come_in_three_shapes() -> None:
    assert pairs([["a", "b"], {"key": "c", "value": 1}, ["odd"], None]) == [("a", "b"), ("c", "1")]
    assert pairs({"a": None}) == [("a", "")]
    assert pairs("a=b") == []
