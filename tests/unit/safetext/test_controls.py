"""What no text keeps after cleaning, and what it does keep."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.safetext.controls import clean, flatten

ANY = st.text(st.characters(), max_size=60)
HOSTILE = st.lists(
    st.sampled_from(
        ["\x1b[", "\x1b]0;", "\x1b\\", "\x9b31m", "\x07", "\r", "\r\n", "\u202e", "\u200b", "\ufeff",
         "\U000e0041", "\ud800", "\ue000", "a", "0", ";", "m", "\n", "\t", " ", "\u0301", "\x1b"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


def offends(text: str) -> bool:
    """The hostile check: a control, format, surrogate or private character other than tab, newline."""
    return any(
        unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co"} and c not in "\n\t" for c in text
    )


def test_no_single_character_survives_that_must_not() -> None:
    blocks = [range(first, first + 256) for first in range(0, sys.maxunicode, 256)]

    left = [block for block in blocks if offends(clean("\n".join(map(chr, block)))[0])]

    assert left == []


def test_without_cleaning_the_hostile_check_fails() -> None:
    assert offends("a\x1b[31mb")
    assert offends("a\u202eb")


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.one_of(ANY, HOSTILE))
def test_no_control_or_format_character_survives(text: str) -> None:
    assert not offends(clean(text)[0])


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.one_of(ANY, HOSTILE))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once, _ = clean(text)

    assert clean(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "bare", "stripped"),
    [
        ("plain\ttext\n", "plain\ttext\n", 0),
        ("a\x1b[1;31mred\x1b[0m", "ared", 11),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link", 20),
        ("\x1b]0;title without an end", "", 24),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd", 0),
        ("a\u200bb\u202ec\U000e0041", "abc", 3),
        ("a\xa0b\u3000c", "a b c", 0),
        ("a\ud800b\ue000", "a\ufffdb\ufffd", 2),
        ("e" + "\u0301" * 10, "e" + "\u0301" * 3, 7),
        ("日本語 naïve ✓", "日本語 naïve ✓", 0),
    ],
)
def test_cleaning_says_how_much_went(text: str, bare: str, stripped: int) -> None:
    assert clean(text) == (bare, stripped)


def test_one_line_has_no_breaks() -> None:
    assert flatten(" a\n\tb  c\n") == "a b c"
