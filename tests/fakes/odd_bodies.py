"""Answers whose bytes are wrong: too many, packed badly, or of another length than is claimed."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from .loopback import answer
from .upstream import CANARY, Fault, Play, Scene, headers_of

MIB = 2**20
CAP = 16 * MIB
TOO_LARGE, BAD_ENCODING = ("answer_too_large",), ("bad_encoding",)
BROKEN, ODD = ("unreachable",), ("bad_answer",)


def packed(encoding: str, pack: Callable[[bytes], bytes]) -> Play:
    """The good answer, as `pack` leaves it."""

    async def play(scene: Scene) -> None:
        found = await scene.forward()
        named = {**headers_of(found), "Content-Encoding": encoding}
        await scene.line.send(answer(200, pack(found.content), headers=named))

    return play


def claiming(length: Callable[[int], object]) -> Play:
    """The good answer under a Content-Length that is another."""

    async def play(scene: Scene) -> None:
        found = (await scene.forward()).content
        claimed = {"Content-Length": str(length(len(found)))}
        await scene.line.send(answer(200, found, headers=claimed))

    return play


def pouring(framing: str, frame: Callable[[bytes], bytes]) -> Play:
    """More than anybody keeps, a piece after the other, until the client has gone."""
    piece = frame(f'"{CANARY}"'.encode().ljust(MIB, b" "))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n\r\n".encode()

    async def play(scene: Scene) -> None:
        await scene.forward()
        await scene.line.send(head)
        for _ in range(CAP // MIB + 8):
            await scene.line.send(piece)

    return play


@cache
def bomb(size: int = 100 * MIB) -> bytes:
    """A string of blanks, a thousandth of its size."""
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(b'"'), *(packer.compress(b" " * MIB) for _ in range(size // MIB))]
    return b"".join([*pieces, packer.compress(b'"'), packer.flush()])


def chunk(piece: bytes) -> bytes:
    return f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def _odd_bodies() -> Iterator[Fault]:
    def one(name: str, read: tuple[str, ...], play: Play) -> Fault:
        return Fault(name, play, read)

    yield one("too much in chunks", TOO_LARGE, pouring("Transfer-Encoding: chunked", chunk))
    yield one("too much, and more claimed", TOO_LARGE, pouring(f"Content-Length: {2**50}", bytes))
    yield one("more claimed", BROKEN, claiming(lambda length: length + 2**40))
    yield one("less claimed", ODD, claiming(lambda length: length // 2))
    yield one("a length below nothing", BROKEN, claiming(lambda length: -length))
    yield one("a length of words", BROKEN, claiming(lambda length: CANARY))
    yield one("a gzip bomb", TOO_LARGE, packed("gzip", lambda body: bomb()))
    yield one("gzip that is none", BAD_ENCODING, packed("gzip", bytes))
    yield one("gzip that breaks", BAD_ENCODING, packed("gzip", broken))
    yield one("gzip that ends early", ODD, packed("gzip", cut))
    yield one("gzip in gzip", ODD, packed("gzip", lambda body: gzip.compress(gzip.compress(body))))
    yield one("an unknown encoding", BAD_ENCODING, packed("br", bytes))
    yield one("two encodings", BAD_ENCODING, packed("gzip, gzip", gzip.compress))


def broken(body: bytes) -> bytes:
    raw = bytearray(gzip.compress(body))
    raw[10:14] = b"\xff\xff\xff\xff"
    return bytes(raw)


def cut(body: bytes) -> bytes:
    whole = gzip.compress(body)
    return whole[: len(whole) // 2]


ODD_BODIES = tuple(_odd_bodies())
