"""Markdown on which nothing acts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.safetext.markdown import defuse, fence
from modules.safetext.sinks import for_markdown


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("thanks @bob", "thanks @·bob"),
        ("Fixes WEB-1A", "Fixes· WEB-1A"),
        ("closes: #12", "closes·: #·12"),
        ("GH-12", "GH·-12"),
        ("[skip ci] x", "[·skip ci] x"),
        ("***NO_CI***", "·NO_CI***"),
        ("  /merge now", "  ·/merge now"),
        ("::set-output x", "·::set-output x"),
        ("Signed-off-by: x", "·Signed-off-by: x"),
        ("<!-- hidden -->", "· hidden ·"),
        ("https://evil.example", "https·://evil.example"),
        ("javascript:alert(1)", "javascript·:alert(1)"),
        ("Fixes WEB-AB", "Fixes· WEB-AB"),
        ("Resolved the cart, then WEB-AB", "Resolved· the cart, then WEB-AB"),
        ("[Fixes](x) WEB-AB", "[Fixes·](x) WEB-AB"),
        ("closing WEB-1", "closing· WEB-1"),
        ("/LGTM", "·/LGTM"),
        ("<!-- hidden --!> shown", "· hidden · shown"),
        ("_https://evil.example_", "_https·://evil.example_"),
        ("vscode-insiders://x", "vscode-insiders·://x"),
        ("slack://x", "slack·://x"),
        ("prefixes of a fixture, std::disclose", "prefixes of a fixture, std::disclose"),
        ("an ordinary line: 1 + 1", "an ordinary line: 1 + 1"),
    ],
)
def test_what_a_bot_would_act_on_is_broken(text: str, inert: str) -> None:
    assert defuse(text) == inert
    assert defuse(inert) == inert


def test_a_fence_is_longer_than_any_run_inside() -> None:
    assert fence("a\n````\nb").startswith("`````text\n")


def test_many_blank_lines_come_to_an_end() -> None:
    assert defuse("\n" * 20_000 + "see:" * 5000 + "[ " * 5000)


def test_a_block_is_cleaned_redacted_cut_and_inert() -> None:
    block = for_markdown("a\x1b[31m @bob password=" + "hunter2" + " x" * 300, cap=60)

    assert block.startswith("```text\na @·bob password=[redacted:password] x")
    assert re.search(r"… \d+ more characters\n```\Z", block)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["`", "~", "\n", "a", "@a", "```", "~~~~"])).map("".join))
def test_no_content_ends_its_fence(text: str) -> None:
    first, *inside, last = fence(text).split("\n")

    assert not any(line.strip().startswith(last) for line in inside)
    assert first == f"{last}text"
