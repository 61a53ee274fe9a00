import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.sender import Sender
from modules.local_sentry.webhooks import Webhook, encode, headers, signature

Build = Callable[..., Any]
PUBLISHED = Path(__file__).parents[3].parent / "shared/sentry-api/webhooks"
NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)


class Inbox:
    """A receiver that keeps what arrives and answers with one status."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status)

    def names(self) -> list[str]:
        return [
            f"{one.headers['Sentry-Hook-Resource']}.{json.loads(one.content)['action']}"
            for one in self.requests
        ]

    def last(self) -> Any:
        return json.loads(self.requests[-1].content)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def a_server_with_hooks(a_server: Build, clock: Any, inbox: Inbox) -> Build:
    def begin(**knobs: Any) -> Any:
        sender = Sender(
            "http://hooks.test/", secret="s3", now=clock, transport=httpx.MockTransport(inbox)
        )
        return a_server(sender=sender, **knobs)

    return begin


async def test_a_new_issue_is_told_twice_and_a_second_event_not_at_all(
    a_server_with_hooks: Build, an_error: Build, inbox: Inbox
) -> None:
    server = a_server_with_hooks()

    await server.send(an_error())
    await server.send(an_error())

    assert inbox.names() == ["issue.created", "event_alert.triggered"]


async def test_every_change_of_status_is_told(
    a_server_with_hooks: Build, an_error: Build, inbox: Inbox
) -> None:
    server = a_server_with_hooks()
    await server.send(an_error())
    inbox.requests.clear()

    await server.put("issues/1/", status="resolved")
    await server.send(an_error())
    regressed = inbox.last()
    await server.put("issues/1/", status="ignored")
    await server.put("issues/1/", assignedTo="me")
    await server.client.post("/api/0/issues/1/notes/", json={"text": "looking"})

    assert inbox.names() == [
        "issue.resolved",
        "issue.unresolved",
        "issue.ignored",
        "issue.assigned",
        "comment.created",
    ]
    assert regressed["data"]["issue"]["substatus"] == "regressed"
    assert regressed["actor"] == {"type": "application", "id": "sentry", "name": "Sentry"}
    assert inbox.last()["actor"]["type"] == "user"
    assert inbox.last()["data"]["issue_id"] == 1


async def test_events_are_told_raw_when_asked_for(
    a_server_with_hooks: Build, an_error: Build, inbox: Inbox
) -> None:
    server = a_server_with_hooks(error_webhooks=True)

    await server.send(an_error())

    assert inbox.names()[0] == "error.created"
    error = json.loads(inbox.requests[0].content)["data"]["error"]
    frame = error["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert (frame["lineno"], frame["in_app"], error["issue_id"]) == (12, True, "1")
    assert ["level", "error"] in error["tags"]


async def test_the_body_that_arrives_is_the_one_signed(
    a_server_with_hooks: Build, an_error: Build, inbox: Inbox
) -> None:
    server = a_server_with_hooks()

    await server.send(an_error(value="Käse"))

    for request in inbox.requests:
        expected = hmac.new(b"s3", request.content, hashlib.sha256).hexdigest()
        assert request.headers["Sentry-Hook-Signature"] == expected
        assert request.content.isascii()
        assert request.headers["Sentry-Hook-Timestamp"] == str(int(NOW.timestamp()))
        assert len(request.headers["Request-ID"]) == 32


async def test_a_receiver_that_fails_is_remembered_and_does_not_matter(
    a_server: Build, an_error: Build, clock: Any
) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("too slow", request=request)

    sender = Sender(
        "http://hooks.test/", secret="s", now=clock, transport=httpx.MockTransport(broken)
    )
    server = a_server(sender=sender)

    answer = await server.send(an_error())

    assert answer.status_code == 200
    assert [one.failure for one in sender.deliveries] == ["ConnectTimeout", "ConnectTimeout"]


async def test_a_refusal_of_the_receiver_is_remembered() -> None:
    sender = Sender(
        "http://hooks.test/", secret="s", now=lambda: NOW, transport=httpx.MockTransport(Inbox(503))
    )

    await sender.send(Webhook("issue", b"{}"))

    assert [one.status for one in sender.deliveries] == [503]


def test_a_known_body_has_its_known_signature() -> None:
    body = encode({"text": "Käse", "n": 1})

    assert body == b'{"text":"K\\u00e4se","n":1}'
    assert signature(body, "secret") == hmac.new(b"secret", body, "sha256").hexdigest()
    assert signature(b"", "0123456789abcdef" * 4) == (
        "081247dc68bb7fafbf13220013a0ab71db8b628d679161f87b5e5bd9e19b1494"
    )


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_one_byte_more_is_another_signature(body: bytes, secret: str) -> None:
    assert signature(body + b"x", secret) != signature(body, secret)


@pytest.mark.skipif(not PUBLISHED.exists(), reason="../shared/sentry-api not present")
def test_the_published_vectors_agree() -> None:
    vectors = json.loads((PUBLISHED / "_signature_vectors.json").read_text())

    for vector in vectors["vectors"]:
        hook = Webhook(
            vector["resource"], encode(json.loads((PUBLISHED / vector["file"]).read_text()))
        )
        sent = headers(
            hook,
            secret=vectors["client_secret"],
            now=float(vector["headers"]["Sentry-Hook-Timestamp"]),
            request_id=vector["headers"]["Request-ID"],
        )
        assert sent == vector["headers"], vector["file"]
