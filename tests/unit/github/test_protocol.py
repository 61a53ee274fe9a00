"""What GitHub's answers mean, and addresses."""

import json

import pytest

from modules.github.errors import (
    Archived,
    Away,
    BadAnswer,
    BadLogin,
    Forbidden,
    Limited,
    Missing,
    Rejected,
)
from modules.github.protocol import Server, interpret, is_name, name_in, path, server_of, wait_s

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "https://api.github.com",
            Server("https://api.github.com", "", "/graphql", "https://github.com"),
        ),
        (
            "https://ghe.example.com/api/v3/",
            Server("https://ghe.example.com", "/api/v3", "/api/graphql", "https://ghe.example.com"),
        ),
        (
            "https://api.acme.ghe.com",
            Server("https://api.acme.ghe.com", "", "/graphql", "https://acme.ghe.com"),
        ),
    ],
)
def test_an_api_address_tells_the_others(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/shop", "acme/shop"),
        ("https://github.com/acme/shop.git", "acme/shop"),
        ("https://github.com/acme/shop/", "acme/shop"),
        ("https://github.com.evil.example/acme/shop", None),
        ("https://github.com/acme/shop/tree/main", None),
        ("https://github.com/acme/..", None),
        ("/srv/acme/shop", None),
        ("acme/shop", None),
    ],
)
def test_a_repository_is_named_by_its_address(url: str, name: str | None) -> None:
    assert name_in(url, "https://github.com") == name


@pytest.mark.parametrize("name", ["acme", "a/b/c", "-a/b", "acme/..", "ac me/shop", "a_b?/c", ""])
def test_what_is_no_name_of_a_repository_is_none(name: str) -> None:
    assert not is_name(name)


def test_parts_of_a_path_stay_parts() -> None:
    assert path("repos", "acme/shop", "issues", 1, "labels", "a: b/../c") == (
        "/repos/acme/shop/issues/1/labels/a%3A%20b%2F..%2Fc"
    )


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (401, {}, b"{}", BadLogin),
        (403, {}, b"{}", Forbidden),
        (403, {}, b'{"message": "Repository was archived so is read-only."}', Archived),
        (403, {"retry-after": "9"}, b"", Limited),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000060"}, b"", Limited),
        (403, {"x-ratelimit-remaining": "5"}, b"", Forbidden),
        (429, {}, b"", Limited),
        (404, {}, b"", Missing),
        (451, {}, b"", Missing),
        (409, {}, b"", Rejected),
        (422, {}, b"[", Rejected),
        (503, {}, b"", Away),
        (302, {}, b"", BadAnswer),
        (200, {}, b"<html>", BadAnswer),
    ],
)
def test_a_refusal_tells_who_must_act(
    status: int, headers: dict[str, str], body: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        interpret(status, headers, body, what="a thing", now=NOW)


def test_a_limit_without_a_time_is_a_minute() -> None:
    with pytest.raises(Limited) as caught:
        interpret(429, {}, b"", what="a thing", now=NOW)
    assert caught.value.retry_after_s == 60


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "-7"}, 0),
        ({"retry-after": "soon"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000030"}, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1000030"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_s(403, headers, NOW) == seconds


def test_a_refusal_names_our_fields_and_no_word_of_the_servers() -> None:
    errors = [
        {"field": "base", "code": "invalid"},
        {"field": "<script>"},
        {"message": "A pull request already exists for a:b."},
    ]
    with pytest.raises(Rejected) as caught:
        interpret(422, {}, json.dumps({"errors": errors}).encode(), what="it", now=NOW)

    assert (caught.value.fields, caught.value.exists) == (("base",), True)
    assert "script" not in caught.value.message
