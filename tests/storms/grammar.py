"""Our own grammar of bad requests: odd bodies under good signatures, and HTTP that is odd itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from .bodies import SPOILS, WORDS, odd_body
from .ground import signature

METHODS: Final = (
    "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post",
    "P\x00ST", "X" * 300, "PRI", "M-SEARCH", "PURGE", "",
)  # fmt: skip
KINDS: Final = (
    "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "application/json;",
    "application/json; charset=utf-16", "APPLICATION/JSON", "multipart/form-data; boundary=x", "*/*",
)  # fmt: skip
TARGETS: Final = (
    "/webhooks/sentry/", "/webhooks/sentry/legacy/", "/webhooks/sentry/legacy/%ff%00",
    "/webhooks%2Fsentry", "//webhooks/sentry", "/webhooks/./sentry", "/webhooks/sentry?x=%00&x=1",
    "/webhooks/sentry#x", "http://evil.test/webhooks/sentry", "http://[::1/webhooks/sentry", "*",
    "webhooks/sentry", "/%", "/%zz", "/%00", "/static/%00", "/static/..%2f..%2fapp.py", "/static/",
    "/static/%2e%2e/app.py", f"/static/{'a' * 300}", "/api/v1/jobs/%00", "/api/v1/jobs/%ed%a0%80",
    "/api/v1/jobs?project=%00", "/api/v1/jobs?project=%ed%a0%80", "/api/v1/jobs?limit=1e9",
    "/api/v1/jobs?limit=" + "9" * 5000, "/api/v1/deliveries?before=0001-01-01T00:00:00%2B23:59",
    "/api/v1/deliveries?before=9999-12-31T23:59:59-23:59", "/api/v1/deliveries?before=1e400",
    "/api/v1/deliveries?state=%F0%9F%A6%84", "/api/v1/jobs/" + "a" * 65, "/api//v1/jobs", "/mcp",
    "/api/sentry/status", "/metrics", "/healthz", "/readyz", "/api/openapi.json", "/", "/login",
    "/" + "a" * 8000, "/" + "%41" * 3000, "/" + "a/" * 3000, "/\u00e9", "/a b", "",
)  # fmt: skip
API: Final = (
    "/api/v1/jobs/abc/decisions", "/api/v1/operations/list-fixes", "/api/v1/deliveries/abc/replay",
    "/api/v1/operations/%00", "/mcp", "/login", "/api/sentry-fixer/process?batch=6",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One connection's bytes. `family` is what is odd about them."""

    number: int
    family: str
    raw: bytes


def a_case(seed: int, number: int) -> Case:
    """The same one every time."""
    random = Random(f"{seed}:{number}")  # noqa: S311 - the same each time
    family = random.choices(tuple(FAMILIES), WEIGHTS)[0]
    return Case(number, family, FAMILIES[family](random))


def _lines(
    lines: Sequence[str | bytes],
    body: bytes = b"",
    *,
    start: str = "POST /webhooks/sentry HTTP/1.1",
) -> bytes:
    given = [one if isinstance(one, bytes) else _raw(one) for one in (start, *lines)]
    return b"\r\n".join([*given, b"", b""]) + body


def _raw(text: str) -> bytes:
    """Latin-1 where that will do, as header values go."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _head(resource: str, body: bytes, *, close: bool = True) -> list[str | bytes]:
    return [
        "Host: localhost",
        "Content-Type: application/json",
        *([f"Sentry-Hook-Resource: {resource}"] if resource else ()),
        f"Sentry-Hook-Signature: {signature(body)}",
        *(["Connection: close"] if close else ()),
    ]


def _signed(random: Random) -> bytes:
    resource, body = odd_body(random)
    return _lines([*_head(resource, body), f"Content-Length: {len(body)}"], body)


def _chunked(random: Random) -> bytes:
    resource, body = odd_body(random)
    size = random.choice((1, 7, 1000, 60_000)) if len(body) < 5000 else 60_000
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in parts)
    end = random.choice(
        (b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"zz\r\n", b"-1\r\n", b"f" * 20 + b"\r\n")
    )
    how = random.choice(("chunked", "chunked, chunked", "gzip, chunked", "Chunked", "identity"))
    both = [f"Content-Length: {len(body)}"] if random.random() < 0.2 else []
    return _lines([*_head(resource, body), *both, f"Transfer-Encoding: {how}"], coded + end)


def _length(random: Random) -> bytes:
    resource, body = odd_body(random)
    said = random.choice(
        (
            "-1",
            "+5",
            "0",
            "1",
            str(len(body) - 1),
            "x",
            "",
            "5,5",
            "9" * 30,
            "5000001",
            "1e3",
            " 7 ",
        )
    )
    several = [f"Content-Length: {said}"] * random.choice((0, 1, 1, 1, 2))
    return _lines([*_head(resource, body), *several], body)


def _unsigned(random: Random) -> bytes:
    resource, body = odd_body(random)
    good = signature(body)
    bad: tuple[Sequence[str], ...] = (
        (), ("",), (good, good), (good.upper(),), (good[:-1],), (good + "0",), ("\xe9" * 64,),
        ("日" * 64,), ("\x00" * 64,), (f"sha256={good}",), ("0" * 64,), (good, "0" * 64),
        (good[::-1],), (f"{good}, {good}",), ("a" * 60_000,), (f"{good}\t",), (f'"{good}"',),
    )  # fmt: skip
    name = random.choice(
        ("Sentry-Hook-Signature", "sentry-app-signature", "X-ServiceHook-Signature")
    )
    lines = [one for one in _head(resource, body) if not str(one).startswith("Sentry-Hook-Sig")]
    given = [f"{name}: {one}" for one in random.choice(bad)]
    return _lines([*lines, *given, f"Content-Length: {len(body)}"], body)


def _media(random: Random) -> bytes:
    resource, body = odd_body(random)
    lines = [one for one in _head(resource, body) if not str(one).startswith("Content-Type")]
    lines += [f"Content-Type: {random.choice(KINDS)}"] * random.choice((0, 1, 1, 2))
    if random.random() < 0.3:
        coding = random.choice(("gzip", "br", "deflate, gzip", "x", "identity", "\xe9"))
        lines.append(f"Content-Encoding: {coding}")
    return _lines([*lines, f"Content-Length: {len(body)}"], body)


def _bomb(random: Random) -> bytes:
    resource, body = odd_body(random)
    more: Sequence[str | bytes] = random.choice(
        (
            [f"X-{n}: y" for n in range(5000)], ["X: " + "y" * 200_000], ["X" * 70_000 + ": y"],
            ["X: y"] * 20_000, [b"X: \x00\x01\x7f\xff"], [b"\xff\xfe: y"], ["no colon"], [": y"],
            ["X : y"], [" folded"], ["X: y\nZ: z"], ["Expect: 100-continue"], ["Expect: x"],
            ["Upgrade: websocket", "Connection: upgrade"], ["Upgrade: h2c", "Connection: upgrade"],
            ["Cookie: sentry_monitor=1.\xe9.2"], ["Cookie: " + "a=b;" * 4000], ["Cookie: =;=\x7f"],
            ["Authorization: Bearer \xe9"], ["Origin: http://[", "Sec-Fetch-Site: \xe9"],
            ["Host: a", "Host: b"], ["Connection: \xe9"], ["Accept: " + "text/html," * 3000],
        )
    )  # fmt: skip
    return _lines([*_head(resource, body), *more, f"Content-Length: {len(body)}"], body)


def _line(random: Random) -> bytes:
    resource, body = odd_body(random)
    method = random.choice(METHODS) if random.random() < 0.5 else "POST"
    target = random.choice(TARGETS) if random.random() < 0.7 else "/webhooks/sentry"
    version = random.choice(
        ("HTTP/1.1",) * 5 + ("HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "")
    )
    lines = [*_head(resource, body), f"Content-Length: {len(body)}"]
    return _lines(lines, body, start=f"{method} {target} {version}")


def _get(random: Random) -> bytes:
    lines = ["Host: localhost", "Accept: text/html", "Connection: close"]
    method = random.choice(("GET", "GET", "HEAD", "OPTIONS"))
    return _lines(lines, start=f"{method} {random.choice(TARGETS)} HTTP/1.1")


def _to_the_api(random: Random) -> bytes:
    """No secret is needed for it from this machine."""
    body = random.choice(SPOILS)(_for_the_api(random), random)
    lines = ["Host: localhost", "Content-Type: application/json", "Connection: close"]
    lines.append(f"Content-Length: {len(body)}")
    return _lines(lines, body, start=f"POST {random.choice(API)} HTTP/1.1")


def _for_the_api(random: Random) -> dict[str, Any]:
    word, data = random.choice(WORDS), {"data": {"a": [1, "x"]}}
    return random.choice(
        (
            {"decision": "guide", "text": word}, {"decision": word}, {"decision": "retry", word: word},
            {"decision": "approve", "diff_sha256": word}, {"jsonrpc": "2.0", "id": 1, "method": word},
            {"limit": 1, "query": word}, {word: word}, data,
        )
    )  # fmt: skip


def _pipelined(random: Random) -> bytes:
    several = []
    for n in range(random.choice((2, 5, 40))):
        resource, body = odd_body(random)
        lines = [*_head(resource, body, close=False), f"Content-Length: {len(body)}"]
        several.append(
            _lines(lines, body) if n % 2 else _lines(["Host: a"], start="GET /healthz HTTP/1.1")
        )
    return b"".join(
        [*several, _lines(["Host: a", "Connection: close"], start="GET /healthz HTTP/1.1")]
    )


def _noise(random: Random) -> bytes:
    raw = _signed(random)
    for _ in range(random.choice((1, 3, 30))):
        at = random.randrange(min(len(raw), 600))
        raw = (
            raw[:at]
            + random.randbytes(random.choice((0, 1, 3)))
            + raw[at + random.choice((0, 1)) :]
        )
    return raw


FAMILIES: Final[dict[str, Callable[[Random], bytes]]] = {
    "a signed body": _signed,
    "a chunked body": _chunked,
    "a wrong length": _length,
    "a wrong signature": _unsigned,
    "a wrong media type": _media,
    "odd headers": _bomb,
    "an odd request line": _line,
    "something to read": _get,
    "a body for the API": _to_the_api,
    "pipelined requests": _pipelined,
    "noise": _noise,
}
WEIGHTS: Final = (50, 8, 6, 8, 5, 6, 6, 4, 6, 2, 4)
