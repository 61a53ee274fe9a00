"""Caps hold and say what they cost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from modules.safetext.limits import cut, rough


def test_a_short_text_stays() -> None:
    assert cut("abc", 3) == "abc"


def test_a_cut_says_how_much_is_missing() -> None:
    assert cut("a" * 10_412, 1000) == "a" * 1000 + "… 9,412 more characters"


def test_a_cut_text_is_not_cut_again() -> None:
    once = cut("a" * 500, 100)

    assert cut(once, 100) == once


def test_a_forged_mark_does_not_widen_the_cap() -> None:
    forged = "a" * 500 + "… 3 more characters"

    assert cut(forged, 100) == "a" * 100 + "… 419 more characters"


def test_a_cut_never_splits_a_replacement() -> None:
    text = "a" * 95 + "[redacted:password]" + "b" * 50

    assert cut(text, 100) == "a" * 95 + "… 69 more characters"


def test_a_megabyte_is_sliced_first() -> None:
    assert rough("a" * 1_000_000, 200) == ("a" * 1800, 998_200)


def test_what_the_slice_left_out_is_counted() -> None:
    assert cut("a" * 1800, 200, beyond=998_200).endswith("… 999,800 more characters")


def test_a_word_that_the_slice_tore_is_dropped() -> None:
    assert cut("see ghp_abc", 200, beyond=5000) == "see… 5,008 more characters"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "bc ", "[redacted:x]", "… 12 more characters", "\n"])).map(
        "".join
    ),
    st.integers(1, 60),
    st.integers(0, 9),
)
def test_a_cap_holds_and_cutting_again_changes_nothing(text: str, cap: int, beyond: int) -> None:
    once = cut(text, cap, beyond=beyond)

    assert len(once) <= cap + len("… 999 more characters")
    assert cut(once, cap) == once
