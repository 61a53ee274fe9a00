"""What servers and networks do to a connection, over a real one."""

import gzip

import pytest

from fakes.loopback import Behaviour, Line, Loopback, Seen, always, answer, loopback
from modules.outbound.deadline import deadline
from modules.outbound.errors import (
    DeadlineExceeded,
    OutcomeUnknown,
    RedirectRefused,
    TooLarge,
    Unreachable,
)
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request, Rules

TOKEN = "-".join(("a", "planted", "token"))
GET = Request("GET", "/api/0/x/")
PUT = Request("PUT", "/api/0/x/", body={"status": "resolved"})


async def send(url: str, request: Request = GET, **rules: object) -> Reply:
    settings = Rules(**{"timeout_s": 0.3, "attempts": 2, **rules})  # type: ignore[arg-type]
    client = HttpClient(url, headers={"authorization": f"Bearer {TOKEN}"}, rules=settings)
    try:
        return await client.send(request)
    finally:
        await client.aclose()


async def reset(seen: Seen, line: Line) -> None:
    await line.reset()


async def hang(seen: Seen, line: Line) -> None:
    await line.hang()


async def hang_after_the_head(seen: Seen, line: Line) -> None:
    await line.send(answer(200, b"", length=10))
    await line.hang()


async def drip(seen: Seen, line: Line) -> None:
    await line.drip(answer(200, b" " * 1000))


async def close(seen: Seen, line: Line) -> None:
    """Nothing at all, politely."""


half = always(answer(200, b'{"id": "1', length=1000))
noise = always(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
endless_head = always(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n")
chunks_that_lie = always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")

BROKEN: dict[str, Behaviour] = {
    "reset": reset,
    "closed": close,
    "half a body": half,
    "another protocol": noise,
    "an endless head": endless_head,
    "chunks that lie": chunks_that_lie,
}
SILENT: dict[str, Behaviour] = {
    "nothing": hang,
    "nothing after the head": hang_after_the_head,
    "a drip": drip,
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_answer_to_a_read_is_asked_for_again(how: str) -> None:
    async with loopback(BROKEN[how]) as server:
        with pytest.raises(Unreachable):
            await send(server.url, timeout_s=10.0)  # it breaks at once; a busy machine may not

    assert server.count("GET") == 2


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_answer_to_a_write_leaves_it_in_doubt(how: str) -> None:
    async with loopback(BROKEN[how]) as server:
        with pytest.raises(OutcomeUnknown):
            await send(server.url, PUT, timeout_s=10.0)

    assert server.count("PUT") == 1


@pytest.mark.parametrize("how", SILENT)
async def test_silence_and_slow_drips_end_at_the_timeout(how: str) -> None:
    async with loopback(SILENT[how]) as server:
        with pytest.raises(DeadlineExceeded):
            await send(server.url, timeout_s=1.0)

    assert server.count("GET") == 2


@pytest.mark.parametrize("how", SILENT)
async def test_a_write_into_silence_is_sent_once(how: str) -> None:
    async with loopback(SILENT[how]) as server:
        with pytest.raises(OutcomeUnknown):
            await send(server.url, PUT, timeout_s=1.0)

    assert server.count("PUT") == 1


async def test_the_deadline_ends_attempts_that_have_time_left() -> None:
    async with loopback(hang) as server:
        with pytest.raises(DeadlineExceeded):
            async with deadline(0.3):
                await send(server.url, timeout_s=60, attempts=10)

    assert server.count("GET") == 1


async def test_a_server_that_recovers_is_read() -> None:
    async def behave(seen: Seen, line: Line) -> None:
        if server.count("GET") == 1:
            await line.reset()
        else:
            await line.send(answer(200, {"id": "1"}))

    async with loopback(behave) as server:
        assert (await send(server.url)).body == b'{"id": "1"}'


async def test_nobody_listening_is_told_as_such() -> None:
    async with loopback(reset) as server:
        url = server.url

    with pytest.raises(Unreachable, match="it refuses connections"):
        await send(url)


async def test_a_bomb_of_gzip_stays_below_the_cap() -> None:
    bomb = gzip.compress(bytes(64 * 2**20), compresslevel=9)
    packed = always(answer(200, bomb, headers={"Content-Encoding": "gzip"}))

    async with loopback(packed) as server:
        with pytest.raises(TooLarge, match="1,048,576 bytes"):
            await send(server.url, max_body=2**20, timeout_s=5.0)

    assert server.count("GET") == 1


async def test_an_endless_body_stays_below_the_cap() -> None:
    async def endless(seen: Seen, line: Line) -> None:
        await line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await line.send(bytes(2**16))

    async with loopback(endless) as server:
        with pytest.raises(TooLarge):
            await send(server.url, max_body=2**20, timeout_s=5.0)


async def test_a_packed_answer_is_asked_for_and_read() -> None:
    packed = always(answer(200, gzip.compress(b"[]"), headers={"Content-Encoding": "gzip"}))

    async with loopback(packed) as server:
        assert (await send(server.url)).body == b"[]"

    assert server.seen[0].headers["accept-encoding"] == "gzip"


async def test_a_redirect_to_another_server_never_brings_it_the_token() -> None:
    async with (
        loopback(always(answer(200, {}))) as other,
        loopback(always(answer(302, headers={"Location": f"{other.url}/api/0/x/"}))) as server,
    ):
        with pytest.raises(RedirectRefused):
            await send(server.url)

    assert other.seen == []


async def test_a_redirect_to_the_other_name_of_this_machine_is_another_server() -> None:
    async with loopback(to_localhost) as server:
        with pytest.raises(RedirectRefused):
            await send(server.url)

    assert len(server.seen) == 1


async def to_localhost(seen: Seen, line: Line) -> None:
    port = seen.headers["host"].rpartition(":")[2]
    await line.send(answer(302, headers={"Location": f"http://localhost:{port}/x"}))


async def test_a_read_follows_a_redirect_on_this_server() -> None:
    server: Loopback

    async def behave(seen: Seen, line: Line) -> None:
        moved = answer(301, headers={"Location": "/api/0/y/?page=2"})
        await line.send(moved if seen.path == "/api/0/x/" else answer(200, [1]))

    async with loopback(behave) as server:
        assert (await send(server.url)).body == b"[1]"

    assert [one.target for one in server.seen] == ["/api/0/x/", "/api/0/y/?page=2"]


async def test_a_write_follows_no_redirect() -> None:
    async with loopback(always(answer(307, headers={"Location": "/api/0/y/"}))) as server:
        with pytest.raises(RedirectRefused):
            await send(server.url, PUT)

    assert server.count("PUT") == 1
