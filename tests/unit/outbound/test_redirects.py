"""Redirects: followed on the same server only, and never by a change."""

import pytest

from fakes.script import BASE, GET, PUT, TOKEN, Script, ok, redirect, send
from modules.outbound.errors import (
    OutboundError,
    OutcomeUnknown,
    RedirectRefused,
)
from modules.outbound.messages import Request


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/api/0/y/?a=1", f"{BASE}/api/0/y/?a=1", f"{BASE}:443/api/0/y/"])
def test_a_read_follows_a_redirect_on_the_same_server(status: int, to: str) -> None:
    script = Script(redirect(to, status), ok(b"[]"))

    assert send(script).body == b"[]"
    assert script.requests[1].url.path == "/api/0/y/"
    assert script.requests[1].headers["authorization"] == f"Bearer {TOKEN}"


ELSEWHERE = [
    "https://evil.example.com/",
    "http://sentry.example.com/api/0/x/",
    "https://sentry.example.com:8443/",
    "//evil.example.com/x",
    "https://sentry.example.com.evil.example.com/",
    "https://sentry.example.com@evil.example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
]
NO_URL = [
    "http://[::1",
    "https://sentry.example.com:99999999/",
    "https://sentry.example.com:x/",
    "/" + "x" * 70_000,
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_a_redirect_to_elsewhere_is_refused_and_the_token_never_gets_there(to: str) -> None:
    script = Script(redirect(to), ok())

    with pytest.raises(RedirectRefused) as caught:
        send(script)

    assert script.hosts == {"sentry.example.com"}
    assert len(script.requests) == 1
    assert "evil" not in str(caught.value.detail())


@pytest.mark.parametrize("request_", [GET, PUT])
@pytest.mark.parametrize("to", NO_URL, ids=range(len(NO_URL)))
def test_a_redirect_to_what_is_no_url_is_the_servers_fault(to: str, request_: Request) -> None:
    with pytest.raises(OutboundError):
        send(Script(redirect(to)), request_)


@pytest.mark.parametrize("to", [f"{BASE}/api/0/y/", *ELSEWHERE])
def test_a_write_follows_no_redirect_at_all(to: str) -> None:
    script = Script(redirect(to, 307), ok())

    with pytest.raises(RedirectRefused):
        send(script, PUT)

    assert len(script.requests) == 1


def test_a_change_that_is_answered_elsewhere_may_have_been_made() -> None:
    script = Script(redirect("/api/0/y/", 303), ok())

    with pytest.raises(OutcomeUnknown):
        send(script, PUT)

    assert len(script.requests) == 1


def test_a_circle_of_redirects_ends() -> None:
    script = Script(redirect("/api/0/x/"))

    with pytest.raises(RedirectRefused, match="in a circle"):
        send(script)

    assert len(script.requests) <= 4


def test_three_redirects_in_a_row_are_followed() -> None:
    script = Script(redirect("/a"), redirect("/b"), redirect("/c"), ok(b"[1]"))

    assert send(script).body == b"[1]"
