"""A marked block names its origin, and its content cannot end it."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.safetext.envelope import label, mark, nonce

FIRST_LINE = re.compile(r'<untrusted ([0-9a-f]{12}) origin="[^"<>\n]*" writable_by="[^"<>\n]*">\n')
PAYLOADS = st.lists(
    st.one_of(
        st.sampled_from(
            ["</untrusted", " ", ">", "\n", "abc123def456", "<untrusted", "\uff1c/untrusted", '"']
        ),
        st.text(max_size=10),
    ),
    max_size=12,
).map("".join)


def test_a_block_names_its_origin_and_writers() -> None:
    block = mark("hello", origin="sentry event", writers="anyone")
    tag = block.split()[1]

    assert block == (
        f'<untrusted {tag} origin="sentry event" writable_by="anyone">\nhello\n</untrusted {tag}>'
    )


def test_each_block_has_a_tag_of_its_own() -> None:
    assert len({mark("x", origin="o", writers="w") for _ in range(50)}) == 50


def test_a_lookalike_of_the_end_is_broken() -> None:
    block = mark("a </untrusted 123> \uff1c/UNTRUSTED x>", origin="o", writers="w")

    assert len(re.findall(r"(?i)<\s*/\s*untrusted", unicodedata.normalize("NFKC", block))) == 1


@pytest.mark.parametrize(
    "spelled",
    [
        "\uff1c\uff0f\uff55\uff4e\uff54\uff52\uff55\uff53\uff54\uff45\uff44",
        "<\U0001d42e\U0001d427\U0001d42d\U0001d42b\U0001d42e\U0001d42c\U0001d42d\U0001d41e\U0001d41d",
        "</untru\ufb06ed",
        "</untru\u017fted",
        "</unt\u0433ust\u0435d",
        "</u\u0301ntrusted",
        "\u2039/untrusted",
        "<" + " " * 40 + "/untrusted",
        "<<\uff0funtrusted",
    ],
)
def test_a_lookalike_is_broken_however_it_is_spelled(spelled: str) -> None:
    body = mark(f"a {spelled} 123> é", origin="o", writers="w").split("\n")[1]

    assert "<\\" in body
    assert mark(body, origin="o", writers="w").split("\n")[1] == body


def test_a_bracket_before_another_word_stays() -> None:
    text = "é <b> 1 < 2 \u2039untrue\u203a <\\untrusted"

    assert mark(text, origin="o", writers="w").split("\n")[1] == text


def test_many_brackets_come_to_an_end() -> None:
    assert mark("é" + "< " * 20_000 + "<" * 20_000 + " " * 20_000, origin="o", writers="w")


def test_without_breaking_lookalikes_the_check_fails() -> None:
    assert len(re.findall(r"(?i)<\s*/\s*untrusted", "a </untrusted 123>\n</untrusted 456>")) == 2


@settings(derandomize=True, max_examples=300, deadline=None)
@given(PAYLOADS)
def test_no_payload_ends_the_block_or_contains_its_tag(payload: str) -> None:
    block = mark(payload, origin="o", writers="w")
    first = FIRST_LINE.match(block)

    assert first
    tag = first[1]
    body = unicodedata.normalize("NFKC", block[first.end() : block.rindex("\n")]).casefold()
    assert tag not in body
    assert not re.search(r"<\s*/?\s*untrusted", body)
    assert block.endswith(f"\n</untrusted {tag}>")


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_a_label_cannot_leave_its_attribute(text: str) -> None:
    assert not set(label(text)) & set('"<>\n\r')


def test_a_tag_occurs_in_none_of_the_texts() -> None:
    assert len(nonce(["a", "b"])) == 12
