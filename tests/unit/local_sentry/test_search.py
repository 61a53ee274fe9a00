from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.conditions import where
from modules.local_sentry.errors import BadRequest
from modules.local_sentry.search import Term, parse
from modules.local_sentry.store import Store

Build = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "term"),
    [
        ("is:unresolved", Term("is", ("unresolved",))),
        ("!level:error", Term("level", ("error",), negated=True)),
        ("timesSeen:>=10", Term("timesSeen", ("10",), op=">=")),
        ('message:"two words"', Term("message", ("two words",), wildcards=False)),
        ('level:[error, "fatal"]', Term("level", ("error", "fatal"))),
        ("tags[shop]:w*", Term("tags[shop]", ("w*",))),
        ("boom", Term(None, ("boom",))),
        ("https://acme.example", Term(None, ("https://acme.example",))),
    ],
)
def test_terms_are_read(query: str, term: Term) -> None:
    assert parse(query) == (term,)


@pytest.mark.parametrize(
    "query", ["a OR b", "(a b)", "level:", 'message:"open', "is:nonsense", "level:[]", "a AND b"]
)
def test_what_sentry_cannot_parse_is_refused(query: str) -> None:
    with pytest.raises(BadRequest, match="Error parsing search query"):
        parse(query)


@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            [
                "is:",
                "level:",
                "!",
                '"',
                "[",
                "]",
                "*",
                "timesSeen:>",
                "1",
                "age:",
                "-24h",
                " ",
                "\\",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text_gives_valid_sql_or_a_refusal(query: str) -> None:
    joined = "SELECT 1 FROM issue i JOIN project p ON 1 JOIN event e ON 1 WHERE "
    with suppress(BadRequest), closing(Store()) as store:
        for per_event in (False, True):
            found = where(parse(query), now=1e9, per_event=per_event)
            assert store.rows(joined + found.sql, found.values) == []


@pytest.fixture
def found(a_server: Build, an_error: Build) -> Callable[[str], Any]:
    """Titles that a query finds among three issues."""

    async def search(query: str) -> list[str]:
        server = a_server()
        old = server.clock.now.timestamp() - 3 * 86400
        await server.send(an_error("OldError", timestamp=old, release="1.0", environment="dev"))
        for number in range(3):
            user = {"id": str(number), "email": f"u{number}@acme.example"}
            await server.send(
                an_error("BusyError", "late", release="1.0", user=user, handled=False)
            )
        await server.send({"message": "disk at 90%", "level": "warning", "release": "2.0"})
        await server.put("issues/3/", status="resolved")
        await server.put("issues/1/", assignedTo="me", priority="low")
        issues = await server.get("issues/", query=query)
        return sorted(one["title"].split(":")[0] for one in issues)

    return search


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["BusyError", "OldError", "disk at 90%"]),
        ("is:unresolved", ["BusyError", "OldError"]),
        ("is:resolved", ["disk at 90%"]),
        ("is:new", ["BusyError", "OldError"]),
        ("is:assigned", ["OldError"]),
        ("!is:assigned is:unresolved", ["BusyError"]),
        ("assigned:me", ["OldError"]),
        ("level:[warning,fatal]", ["disk at 90%"]),
        ("release:latest", ["disk at 90%"]),
        ("release:1.*", ["BusyError", "OldError"]),
        ("firstRelease:1.0 environment:dev", ["OldError"]),
        ("age:-24h", ["BusyError", "disk at 90%"]),
        ("lastSeen:+1d", ["OldError"]),
        ("firstSeen:>2026-08-19", ["BusyError", "disk at 90%"]),
        ("timesSeen:>2", ["BusyError"]),
        ("issue.priority:high", ["BusyError"]),
        ("error.type:BusyError", ["BusyError"]),
        ("error.unhandled:1", ["BusyError"]),
        ('message:"disk at 90%"', ["disk at 90%"]),
        ("user.email:u1@acme.example", ["BusyError"]),
        ("!has:user", ["OldError", "disk at 90%"]),
        ("stack.filename:*cart.py", ["BusyError", "OldError"]),
        ("busyerror", ["BusyError"]),
        ("90%", ["disk at 90%"]),
        ("issue:SHOP-2", ["BusyError"]),
        ("unknown.key:x", []),
    ],
)
async def test_a_query_finds_what_it_says(
    query: str, titles: list[str], found: Callable[[str], Any]
) -> None:
    assert await found(query) == titles
