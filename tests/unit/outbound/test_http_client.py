"""Requests: retries, redirects, caps and deadlines, on a transport that answers as told."""

import asyncio
import gzip
import zlib
from dataclasses import replace

import httpx
import pytest

from fakes.script import BASE, GET, PUT, RULES, TOKEN, Script, ok, send
from fakes.time_travel import clock, run
from modules.framework.contracts import Category
from modules.outbound.deadline import deadline
from modules.outbound.errors import (
    BadEncoding,
    DeadlineExceeded,
    OutboundError,
    OutcomeUnknown,
    TooLarge,
    Unreachable,
)
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request
from modules.outbound.pacing import Limits


def test_an_answer_is_complete_and_its_header_names_are_lower_case() -> None:
    answered = httpx.Response(404, headers={"X-Hits": "3"}, content=b"gone")

    reply = send(Script(answered))

    assert (reply.status, reply.headers["x-hits"], reply.body) == (404, "3", b"gone")


def test_a_request_carries_token_query_and_json() -> None:
    script = Script(ok())

    send(script, replace(PUT, query=(("id", "1"), ("id", "2"), ("q", "a b&c"))))

    (sent,) = script.requests
    assert str(sent.url) == f"{BASE}/api/0/x/?id=1&id=2&q=a+b%26c"
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["content-type"] == "application/json"
    assert sent.content == b'{"status": "resolved"}'


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_until_it_works(status: int) -> None:
    script = Script(httpx.Response(status), httpx.Response(status), ok())

    assert send(script).status == 200
    assert len(script.requests) == 3


def test_a_read_that_keeps_failing_brings_the_last_answer() -> None:
    script = Script(httpx.Response(503))

    assert send(script).status == 503
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 501])
def test_a_refusal_is_not_repeated(status: int) -> None:
    script = Script(httpx.Response(status))

    assert send(script).status == status
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_is_not_repeated_after_a_failure(status: int) -> None:
    script = Script(httpx.Response(status))

    assert send(script, PUT).status == status
    assert len(script.requests) == 1


def test_a_write_refused_for_its_rate_is_repeated() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "2"}), ok())

    assert send(script, PUT).status == 200
    assert script.at == pytest.approx([0, 2], abs=0.1)


@pytest.mark.parametrize("request_", [GET, PUT])
def test_a_connection_that_failed_is_tried_again(request_: Request) -> None:
    script = Script(httpx.ConnectError("no"), httpx.ConnectTimeout("no"), ok())

    assert send(script, request_).status == 200


def test_a_server_that_cannot_be_reached_is_a_network_error() -> None:
    with pytest.raises(
        Unreachable, match=r"No connection to https://sentry\.example\.com"
    ) as caught:
        send(Script(httpx.ConnectError(f"{TOKEN} in some text of a library")))

    assert caught.value.category is Category.NETWORK
    assert caught.value.retryable
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "broken", [httpx.ReadError("x"), httpx.RemoteProtocolError("x"), httpx.WriteError("x")]
)
def test_a_broken_connection_ends_a_write_in_doubt(broken: Exception) -> None:
    script = Script(broken)

    with pytest.raises(OutcomeUnknown) as caught:
        send(script, PUT)

    assert len(script.requests) == 1
    assert not caught.value.retryable
    assert caught.value.recovery_suggestion is not None
    assert "before you repeat it" in caught.value.recovery_suggestion


def test_a_broken_connection_repeats_a_read() -> None:
    assert send(Script(httpx.ReadError("x"), httpx.RemoteProtocolError("x"), ok())).status == 200


def test_silence_ends_a_read_after_its_attempts() -> None:
    script = Script("silence")

    with pytest.raises(
        DeadlineExceeded,
        match="did not answer GET within 10 seconds, one request's part of SENTRY_TIMEOUT",
    ):
        send(script)

    assert len(script.requests) == 3


def test_silence_ends_a_write_in_doubt_after_one_attempt() -> None:
    script = Script("silence")

    with pytest.raises(OutcomeUnknown, match="did not answer PUT"):
        send(script, PUT)

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("headers", "waits_s"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "nonsense"}, 0.25),
        ({}, 0.25),
    ],
)
def test_it_waits_as_long_as_the_server_asks(headers: dict[str, str], waits_s: float) -> None:
    script = Script(httpx.Response(429, headers=headers), ok())

    send(script)

    assert waits_s <= script.at[1] <= waits_s + 0.26


def test_sentrys_own_refusal_is_waited_for_until_its_window_ends() -> None:
    script = Script(httpx.Response(429, headers={"x-sentry-rate-limit-reset": "1004"}), ok())

    def read(reply: Reply) -> float | None:
        reset = reply.headers.get("x-sentry-rate-limit-reset")
        return float(reset) - 1000 if reset else None

    send(script, rules=replace(RULES, wait_hint=read))

    assert script.at[1] == pytest.approx(4, abs=0.1)


def test_it_does_not_wait_for_longer_than_a_minute() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "3600"}), ok())

    assert send(script).status == 429
    assert script.at == [0]


def test_a_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    async def call() -> tuple[int, float]:
        script = Script(httpx.Response(429, headers={"retry-after": "30"}), ok())
        client = HttpClient(BASE, headers={}, rules=RULES, transport=httpx.MockTransport(script))
        async with deadline(20):
            reply = await client.send(GET)
        await client.aclose()
        return reply.status, clock()

    assert run(call()) == (429, 0)


def test_a_used_up_window_holds_the_next_request() -> None:
    async def call() -> list[float]:
        script = Script(httpx.Response(200, headers={"x-wait": "5"}), ok())
        rules = replace(RULES, wait_hint=lambda reply: float(reply.headers.get("x-wait", "0")))
        client = HttpClient(BASE, headers={}, rules=rules, transport=httpx.MockTransport(script))
        await client.send(GET)
        await client.send(GET)
        await client.aclose()
        return script.at

    assert run(call()) == [0, 5]


def within(seconds: float, *requests: Request) -> list[tuple[str, float]]:
    """What became of requests to a silent server, one after the other, and when."""

    async def call() -> list[tuple[str, float]]:
        transport, ended = httpx.MockTransport(Script("silence")), []
        client = HttpClient(BASE, headers={}, rules=RULES, transport=transport)
        async with deadline(seconds):
            for request in requests:
                with pytest.raises(OutboundError) as caught:
                    await client.send(request)
                ended.append((caught.value.code, round(clock(), 2)))
        await client.aclose()
        return ended

    return run(call())


def test_silence_ends_before_the_deadline_so_that_others_can_be_told() -> None:
    assert within(12, GET) == [("deadline_exceeded", 10)]
    assert within(5, GET) == [("deadline_exceeded", 4.75)]


def test_an_attempt_that_cannot_end_in_time_is_not_begun() -> None:
    assert within(20, GET) == [("deadline_exceeded", 10)]


def test_a_write_leaves_as_much_time_again_to_read_back() -> None:
    assert within(8, PUT, GET) == [("outcome_unknown", 4), ("deadline_exceeded", 7.8)]


def test_a_second_of_requests_is_spread_on_a_paced_server() -> None:
    async def call() -> list[float]:
        script = Script(ok())
        rules = replace(RULES, limits=Limits(concurrent=5, per_second=5))
        client = HttpClient(BASE, headers={}, rules=rules, transport=httpx.MockTransport(script))
        await asyncio.gather(*(client.send(GET) for _ in range(10)))
        await client.aclose()
        return script.at

    assert run(call()) == pytest.approx([0] * 5 + [0.2, 0.4, 0.6, 0.8, 1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"[1, 2]")),
        ("GZIP", gzip.compress(b"[1, 2]")),
        ("deflate", zlib.compress(b"[1, 2]")),
        ("identity", b"[1, 2]"),
    ],
)
def test_bodies_are_unpacked(encoding: str, body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(body)
        )

    assert send(answer).body == b"[1, 2]"


@pytest.mark.parametrize(("encoding", "body"), [("gzip", b"no gzip"), ("br", b"x"), ("x", b"x")])
def test_a_body_that_cannot_be_unpacked_is_the_servers_fault(encoding: str, body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(body)
        )

    with pytest.raises(BadEncoding) as caught:
        send(answer)

    assert caught.value.category is Category.UPSTREAM


@pytest.mark.parametrize("encoding", ["gzip", "x"])
def test_a_write_whose_answer_cannot_be_read_may_have_been_applied(encoding: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, headers={"content-encoding": encoding}, stream=httpx.ByteStream(b"no gzip")
        )

    with pytest.raises(OutcomeUnknown):
        send(answer, PUT)


@pytest.mark.parametrize("request_", [GET, PUT])
def test_a_body_of_the_greatest_size_passes_and_one_byte_more_does_not(request_: Request) -> None:
    rules = replace(RULES, max_body=1000)

    assert len(send(Script(ok(b"x" * 1000)), request_, rules).body) == 1000
    expected: type[OutboundError] = OutcomeUnknown if request_.write else TooLarge
    with pytest.raises(expected):
        send(Script(ok(b"x" * 1001)), request_, rules)


def test_a_client_shows_its_server_and_not_its_token() -> None:
    client = HttpClient(
        BASE,
        headers={"authorization": f"Bearer {TOKEN}"},
        rules=RULES,
        transport=httpx.MockTransport(lambda request: ok()),
    )

    assert repr(client) == "HttpClient('https://sentry.example.com')"
    run(client.aclose())


def test_a_body_is_not_shown_in_an_answers_repr() -> None:
    assert "secret" not in repr(Reply(status=200, headers={}, body=b"secret"))
