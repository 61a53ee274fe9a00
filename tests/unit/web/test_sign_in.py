"""Signing in with the token, and out."""

from html import escape
from pathlib import Path

import pytest

from fakes.paged import TOKEN, Visitor, visiting


async def test_with_a_token_a_visitor_signs_in_and_out(tmp_path: Path) -> None:
    async with visiting(tmp_path, TOKEN) as visitor:
        away = await visitor.http.get("/jobs")
        sign_in = await visitor.http.get("/login")
        wrong = await visitor.http.post("/login", data={"token": "w" * 40})
        still_away = await visitor.http.get("/jobs")
        right = await visitor.http.post("/login", data={"token": TOKEN})
        inside = await visitor.see("/jobs")
        out = await visitor.press("/jobs", "Sign out")
        outside = await visitor.http.get("/jobs")

    assert (away.status_code, away.headers["location"]) == (303, "/login?to=%2Fjobs")
    assert "set-cookie" not in sign_in.headers  # it would let in
    assert wrong.status_code == 401
    assert "This is not the token" in wrong.text
    assert "set-cookie" not in wrong.headers
    assert still_away.status_code == 303
    assert right.status_code == 303
    assert "Sign out" in inside
    assert (out.status_code, outside.status_code) == (303, 303)


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/jobs?status=waiting&project=shop", "/jobs?status=waiting&project=shop"),
        ("/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/jobs\r\nset-cookie: a=b", "/"),
        ("/" + "a" * 600, "/"),
    ],
    ids=lambda text: text[:20],
)
async def test_who_signs_in_comes_to_the_page_that_was_wanted(
    tmp_path: Path, wanted: str, reached: str
) -> None:
    async with visiting(tmp_path, TOKEN) as visitor:
        page = await visitor.http.get("/login", params={"to": wanted})
        entered = await visitor.http.post("/login", data={"token": TOKEN, "to": wanted})

    assert f'name="to" value="{escape(reached)}"' in page.text
    assert (entered.status_code, entered.headers["location"]) == (303, reached)


async def test_without_a_token_there_is_nothing_to_sign_in_to(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await _nothing_to_sign_in_to(visitor)


async def _nothing_to_sign_in_to(visitor: Visitor) -> None:
    answer = await visitor.http.get("/login")
    forged = await visitor.http.post("/login", data={"token": "None"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert forged.status_code == 401
    assert "Sign out" not in await visitor.see("/")
