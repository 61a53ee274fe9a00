"""Our Markdown as an Atlassian document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.tracker.adapters.adf import document


def _kinds(markdown: str) -> list[str]:
    return [node["type"] for node in document(markdown)["content"]]


def test_what_our_descriptions_are_made_of_keeps_its_form() -> None:
    text = "**Regressed.**\n\n## Impact\n\n- **Events:** 42\n- Users\n\n```text\na\n\n# b\n```\nend"

    assert _kinds(text) == ["paragraph", "heading", "bulletList", "codeBlock", "paragraph"]
    code = document(text)["content"][3]
    assert code["content"] == [{"type": "text", "text": "a\n\n# b"}]


def test_a_fence_is_closed_by_as_many_ticks_as_opened_it() -> None:
    (code,) = document("````text\n```\nstill code\n````")["content"]

    assert code["content"][0]["text"] == "```\nstill code"


def test_a_link_is_one_and_what_is_hidden_is_left_out() -> None:
    (paragraph,) = document("See [`abc`](https://x.example/1) now<!-- secret -->")["content"]

    assert [one["text"] for one in paragraph["content"]] == ["See ", "abc", " now"]
    assert paragraph["content"][1]["marks"] == [
        {"type": "link", "attrs": {"href": "https://x.example/1"}}
    ]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/relative"])
def test_no_other_link_is_made(url: str) -> None:
    assert "link" not in str(document(f"[here]({url})"))


@given(st.text(alphabet=st.sampled_from("ab#*-`[]()<!>~\n \thttps:/."), max_size=200))
def test_any_text_becomes_a_document_without_empty_texts(markdown: str) -> None:
    rest: list[dict[str, Any]] = list(document(markdown)["content"])
    assert rest
    while rest:
        node = rest.pop()
        assert node["type"] != "text" or node["text"]
        rest += node.get("content", [])
