"""Requests: retries, redirects, caps and deadlines, on a transport that answers as told."""

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from fakes.time_travel import clock, run
from modules.framework.contracts import Category
from modules.outbound.deadline import deadline
from modules.outbound.errors import (
    BadEncoding,
    DeadlineExceeded,
    OutboundError,
    OutcomeUnknown,
    RedirectRefused,
    TooLarge,
    Unreachable,
)
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request, Rules
from modules.outbound.pacing import Limits
from modules.sentry.client import read_wait_hint

BASE = "https://sentry.example.com"
TOKEN = "-".join(("a", "planted", "token"))
GET = Request("GET", "/api/0/x/")
PUT = Request("PUT", "/api/0/x/", body={"status": "resolved"})
RULES = Rules(timeout_s=10, attempts=3, wait_hint=read_wait_hint)
Step = httpx.Response | Exception | str


class Script:
    """Answers one step after the other, the last one for ever; `"silence"` never answers."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []
        self.at: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.at.append(clock())
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, str):
            await asyncio.Event().wait()
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, httpx.Response)
        stream = httpx.ByteStream(step.content)  # bytes as `content` would count as read already
        return httpx.Response(step.status_code, headers=step.headers, stream=stream)

    @property
    def hosts(self) -> set[str]:
        return {str(one.url.host) for one in self.requests}


def ok(body: bytes = b"{}") -> httpx.Response:
    return httpx.Response(200, content=body)


def redirect(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": to})


def send(script: Callable[..., object], request: Request = GET, rules: Rules = RULES) -> Reply:
    async def call() -> Reply:
        client = HttpClient(
            BASE,
            headers={"authorization": f"Bearer {TOKEN}"},
            rules=rules,
            transport=httpx.MockTransport(script),  # type: ignore[arg-type]
        )
        try:
            return await client.send(request)
        finally:
            await client.aclose()

    return run(call())


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

    with pytest.raises(DeadlineExceeded, match="did not answer GET within 10 seconds"):
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


def test_a_circle_of_redirects_ends() -> None:
    script = Script(redirect("/api/0/x/"))

    with pytest.raises(RedirectRefused, match="in a circle"):
        send(script)

    assert len(script.requests) <= 4


def test_three_redirects_in_a_row_are_followed() -> None:
    script = Script(redirect("/a"), redirect("/b"), redirect("/c"), ok(b"[1]"))

    assert send(script).body == b"[1]"


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
