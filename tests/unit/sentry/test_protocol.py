"""Sentry's API without I/O: paths, cursors, waits, and what an answer means."""

import contextlib
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.sentry import errors
from modules.sentry.protocol import (
    Asked,
    Payload,
    interpret,
    next_cursor,
    path,
    rejected_fields,
    wait_hint,
)

READ = Asked("issue SHOP-1")
WRITE = Asked("issue SHOP-1", "event:write", write=True)
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<html><h1>Upstream-canary</h1></html>"
BODIES: dict[str, Any] = {
    "empty": b"",
    "a detail": {"detail": "upstream-canary"},
    "a code": {"detail": {"code": "upstream-canary", "message": "upstream-canary", "extra": {}}},
    "fields": {"status": ["upstream-canary"], "nested": {"f": ["upstream-canary"]}},
    "a list": ["upstream-canary"],
    "a string": "upstream-canary",
    "info": {"info": "Route not found, upstream-canary"},
    "a 422": {"detail": [{"loc": ["body", "status"], "msg": "upstream-canary"}]},
    "odd locations": {"detail": [{"loc": 5}, {"loc": {"a": 1}}, {"loc": "abc"}, {"loc": []}, None]},
    "null": None,
    "a page": PAGE,
    "half": b'{"detail": "upstream-can',
    "no text": b"\xff\xfe\x00",
}


def raw(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def refusal(
    status: int, body: object = b"", headers: dict[str, str] = JSON, asked: Asked = READ
) -> ModuleError:
    with pytest.raises(errors.SentryError) as caught:
        interpret(status, headers, raw(body), asked)
    return caught.value


# Paths


def test_a_path_is_quoted_and_ends_in_a_slash() -> None:
    assert path() == "/api/0/"
    assert path("organizations", "acme") == "/api/0/organizations/acme/"
    assert path("a b", "../x", "ü?&#%") == "/api/0/a%20b/..%2Fx/%C3%BC%3F%26%23%25/"


# Cursors

SENTRY_LINK = (
    '<https://sentry.example.com/api/0/x/?cursor=0:0:1>; rel="previous"; results="false"; '
    'cursor="0:0:1", <https://sentry.example.com/api/0/x/?cursor=0:100:0>; rel="next"; '
    'results="{more}"; cursor="0:100:0"'
)
GLITCHTIP_FIRST = (
    '{\'<https://gt.example.com/api/0/projects/acme/web/issues/?limit=2>; rel="previous"; '
    'results="false", <https://gt.example.com/api/0/projects/acme/web/issues/?cursor=cD0yMDI2'
    '&limit=2>; rel="next"; results="true"; cursor="cD0yMDI2"\'}'
)
GLITCHTIP_LAST = (
    '{\'<https://gt.example.com/x/?cursor=cj0xJnA9MjAyNg%3D%3D&limit=2>; rel="previous"; '
    'results="true"; cursor="cj0xJnA9MjAyNg==", <https://gt.example.com/x/?cursor=cD0yMDI1'
    '&limit=2>; rel="next"; results="false"\'}'
)


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        (SENTRY_LINK.format(more="true"), "0:100:0"),
        (SENTRY_LINK.format(more="false"), None),
        (GLITCHTIP_FIRST, "cD0yMDI2"),
        (GLITCHTIP_LAST, None),
        ('<https://x/>; cursor="a:b:0"; results="true"; rel="next"', "a:b:0"),
        ('<https://x/>; rel="next"; results="true"', None),
        ('<https://x/>; rel="next"; results="true"; cursor=""', None),
        ("nonsense", None),
        ("", None),
        (None, None),
    ],
    ids=range(10),
)
def test_the_next_cursor_is_found_in_every_servers_header(
    link: str | None, cursor: str | None
) -> None:
    assert next_cursor(link) == cursor


@given(st.text(max_size=200))
def test_no_header_breaks_the_search_for_a_cursor(link: str) -> None:
    next_cursor(link)


@given(st.from_regex(r"[A-Za-z0-9:=+/._-]{1,40}", fullmatch=True), st.booleans())
def test_a_cursor_comes_back_as_it_was_written(cursor: str, printed: bool) -> None:
    link = f'<https://x/?cursor={cursor}>; rel="next"; results="true"; cursor="{cursor}"'

    assert next_cursor(f"{{'{link}'}}" if printed else link) == cursor


# Waits

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7),
        (503, {"retry-after": "7.5"}, 7.5),
        (429, {"retry-after": "-3"}, 0),
        (429, {"retry-after": "Mon, 12 Jan 1970 13:46:50 GMT"}, 10),
        (429, {"retry-after": "Mon, 12 Jan 1970 13:00:00 GMT"}, 0),
        (429, {"x-sentry-rate-limit-reset": "1000004"}, 4),
        (429, {"x-sentry-rate-limit-reset": "999999"}, 1),
        (429, {"x-sentry-rate-limit-reset": "2000000"}, 60),
        (429, {"retry-after": "soon", "x-sentry-rate-limit-reset": "1000002"}, 2),
        (429, {"retry-after": "nan"}, None),
        (429, {}, None),
        (200, {"x-sentry-rate-limit-remaining": "0", "x-sentry-rate-limit-reset": "1000003"}, 3),
        (200, {"x-sentry-rate-limit-remaining": "0", "x-sentry-rate-limit-reset": "999999"}, 0),
        (200, {"x-sentry-rate-limit-remaining": "1", "x-sentry-rate-limit-reset": "1000003"}, None),
        (200, {"x-sentry-rate-limit-remaining": "0"}, None),
        (200, {"retry-after": "7"}, None),
        (200, {}, None),
    ],
    ids=range(17),
)
def test_a_server_says_how_long_it_wants_to_be_left_alone(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_hint(status, headers, NOW) == seconds


@given(
    st.sampled_from([200, 429, 503]),
    st.dictionaries(
        st.sampled_from(
            ["retry-after", "x-sentry-rate-limit-reset", "x-sentry-rate-limit-remaining"]
        ),
        st.text(max_size=30) | st.integers().map(str) | st.floats().map(str),
    ),
)
def test_a_wait_is_never_negative_nor_endless(status: int, headers: dict[str, str]) -> None:
    found = wait_hint(status, headers, NOW)

    assert found is None or 0 <= found < float("inf")


# Good answers


def test_a_good_answer_brings_data_cursor_and_total() -> None:
    headers = {**JSON, "link": SENTRY_LINK.format(more="true"), "x-hits": "31"}

    found = interpret(200, headers, b'[{"id": 1}]', READ)

    assert found == Payload([{"id": 1}], "0:100:0", 31, READ.what)


@pytest.mark.parametrize("hits", ["", "many", "nan", "inf"])
def test_a_total_that_is_no_number_is_none(hits: str) -> None:
    assert interpret(200, {**JSON, "x-hits": hits}, b"[]", READ).hits is None


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON", "application/problem+json"]
)
def test_json_is_known_by_its_type_however_it_is_written(kind: str) -> None:
    assert interpret(200, {"content-type": kind}, b"{}", READ).data == {}


def test_an_answer_without_a_type_is_tried_as_json() -> None:
    assert interpret(200, {}, b"{}", READ).data == {}


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_change_may_be_answered_with_nothing(status: int) -> None:
    assert interpret(status, {}, b"", WRITE) == Payload(None)


def test_nothing_is_no_answer_to_a_question() -> None:
    assert isinstance(refusal(200, b" "), errors.BadAnswer)


def test_a_web_page_for_a_read_means_that_the_server_lacks_it() -> None:
    error = refusal(200, PAGE, HTML)

    assert isinstance(error, errors.Unsupported)
    assert "issue SHOP-1" in error.message


def test_a_web_page_for_a_change_is_a_bad_answer() -> None:
    assert isinstance(refusal(200, PAGE, HTML, WRITE), errors.BadAnswer)


@pytest.mark.parametrize("body", [b'{"id": "1', b"{]", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_what_is_no_json_is_a_bad_answer(body: bytes) -> None:
    assert isinstance(refusal(200, body), errors.BadAnswer)


# Refusals

MEANINGS: list[tuple[int, object, dict[str, str], Asked, type[ModuleError], Category]] = [
    (400, {"detail": "x"}, JSON, READ, errors.Rejected, Category.VALIDATION),
    (422, {"detail": [{"loc": ["body"]}]}, JSON, READ, errors.Rejected, Category.VALIDATION),
    (413, b"", HTML, READ, errors.Rejected, Category.VALIDATION),
    (401, {"detail": "Invalid token"}, JSON, READ, errors.Unauthorized, Category.AUTHENTICATION),
    (401, {"detail": {"code": "sso-required"}}, JSON, READ, errors.Unauthorized, Category.AUTHENTICATION),
    (401, PAGE, HTML, READ, errors.Unauthorized, Category.AUTHENTICATION),
    (403, {"detail": "You do not have permission to perform this action."}, JSON, READ, errors.Forbidden, Category.PERMISSION),
    (403, {"detail": "Permission denied"}, JSON, WRITE, errors.Forbidden, Category.PERMISSION),
    (403, {"detail": "Invalid token."}, JSON, READ, errors.Unauthorized, Category.AUTHENTICATION),
    (403, {"detail": "Authentication credentials were not provided."}, JSON, READ, errors.Unauthorized, Category.AUTHENTICATION),
    (403, {"detail": "CSRF check Failed"}, JSON, WRITE, errors.Unauthorized, Category.AUTHENTICATION),
    (403, PAGE, HTML, WRITE, errors.Unsupported, Category.UNSUPPORTED),
    (403, PAGE, HTML, READ, errors.Forbidden, Category.PERMISSION),
    (402, "No budget", JSON, READ, errors.QuotaExceeded, Category.RATE_LIMIT),
    (404, {"detail": "The requested resource does not exist"}, JSON, READ, errors.NotFound, Category.NOT_FOUND),
    (404, b"", {}, READ, errors.NotFound, Category.NOT_FOUND),
    (404, {"info": "Route not found, did you"}, JSON, READ, errors.Unsupported, Category.UNSUPPORTED),
    (404, PAGE, HTML, READ, errors.Unsupported, Category.UNSUPPORTED),
    (405, b"Method not allowed", HTML, READ, errors.Unsupported, Category.UNSUPPORTED),
    (501, b"", {}, READ, errors.Unsupported, Category.UNSUPPORTED),
    (409, {"detail": "x"}, JSON, WRITE, errors.Conflict, Category.CONFLICT),
    (410, {"message": "This API no longer exists."}, JSON, READ, errors.Retired, Category.UNSUPPORTED),
    (429, {"detail": "x"}, HTML, READ, errors.RateLimited, Category.RATE_LIMIT),
    (429, "slow down", JSON, READ, errors.RateLimited, Category.RATE_LIMIT),
    (500, {"detail": "Internal Error", "errorId": None}, JSON, READ, errors.UpstreamFailure, Category.UPSTREAM),
    (502, PAGE, HTML, READ, errors.UpstreamFailure, Category.UPSTREAM),
    (503, b"", {}, READ, errors.UpstreamFailure, Category.UPSTREAM),
    (304, b"", {}, READ, errors.UpstreamFailure, Category.UPSTREAM),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "headers", "asked", "kind", "category"), MEANINGS, ids=range(len(MEANINGS))
)
def test_a_refusal_is_told_for_what_it_is(
    status: int,
    body: object,
    headers: dict[str, str],
    asked: Asked,
    kind: type[ModuleError],
    category: Category,
) -> None:
    error = refusal(status, body, headers, asked)

    assert type(error) is kind
    assert error.category is category
    assert "issue SHOP-1" in error.message
    assert error.recovery_suggestion


STATUSES = [*range(300, 310), *range(400, 430), 499, *range(500, 512), 599, 999]


@pytest.mark.parametrize("how", BODIES)
def test_no_word_of_a_refusal_is_repeated(how: str) -> None:
    for status, headers, asked in itertools.product(STATUSES, (JSON, HTML, {}), (READ, WRITE)):
        error = refusal(status, BODIES[how], headers, asked)

        assert "canary" not in error.detail().model_dump_json().lower()
        assert error.recovery_suggestion


def test_sentrys_own_rate_refusal_tells_how_long_to_wait() -> None:
    with pytest.raises(errors.RateLimited) as caught:
        interpret(429, HTML, b'{"detail": "x"}', READ, hint=4.0)

    assert caught.value.retry_after_s == 4
    assert caught.value.retryable


def test_a_refusal_without_a_time_still_names_one() -> None:
    assert refusal(429).retry_after_s == 1


def test_an_organization_token_is_told_that_it_cannot() -> None:
    error = refusal(403, {"detail": "no"}, asked=Asked("issue 1", "event:read", org_token=True))

    assert error.recovery_suggestion is not None
    assert "Organization tokens" in error.recovery_suggestion
    assert "event:read" in error.recovery_suggestion


def test_a_missing_scope_is_named() -> None:
    error = refusal(403, {"detail": "no"}, asked=WRITE)

    assert error.recovery_suggestion is not None
    assert "event:write" in error.recovery_suggestion
    assert error.details == {"need": "event:write"}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"status": ["x"], "statusDetails": ["y"]}, ["status", "statusDetails"]),
        ({"detail": [{"loc": ["body", "payload", "status"]}, {"loc": ["query", "sort"]}]}, ["status", "sort"]),
        ({"detail": "bad cursor"}, []),
        ({"detail": [{"loc": 5}, {"loc": {"a": 1}}, {"loc": []}, 7, None]}, []),
        ({"<script>": 1, "a b": 1, "run_npx_evil_now": 1, "sort": 1}, ["sort"]),
        (["x"], []),
        ("x", []),
        (b"<html>", []),
    ],
    ids=range(8),
)  # fmt: skip
def test_only_names_that_we_sent_are_taken_from_a_refusal(body: object, names: list[str]) -> None:
    assert rejected_fields(raw(body)) == names


@given(
    st.integers(100, 599),
    st.binary(max_size=60) | st.text(max_size=40).map(str.encode),
    st.sampled_from(["application/json", "text/html", "", "x"]),
    st.booleans(),
)
def test_any_answer_is_data_or_one_of_our_errors(
    status: int, body: bytes, kind: str, write: bool
) -> None:
    with contextlib.suppress(errors.SentryError):
        interpret(status, {"content-type": kind}, body, Asked("x", write=write))
