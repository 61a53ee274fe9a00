"""Odd bodies: JSON of every shape, and what is hardly JSON."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from fakes.odd_json import deep, each, half_gone, no_number, other_type, twice

from .payloads import any_good, packed

WORDS: Final = (
    "", "\x00", "\ud800", "\udc00\ud800", "\u202e", "\ufeff", "\x1b[2J", "🦄", "x" * 70_000,
    "' or 1=1 --", "%00", "../../etc/passwd", "<script>", "9" * 5000, "-1", "1e999", "null",
)  # fmt: skip
NUMBERS: Final = (
    "1e999", "-1e999", "9" * 400, "9" * 4299, "9" * 5000, "1e-999", "-0", "0.1e1", "1E400", "NaN",
    "Infinity", "-Infinity", "01", "+1", ".5", "1.", "0x10",
)  # fmt: skip


def odd_body(random: Random) -> tuple[str, bytes]:
    """The resource header and what is sent under it."""
    resource, good = any_good(random)
    if random.random() < 0.1:
        resource = random.choice(("x", "seer", "a" * 41, "Error", "\xe9", "issue,error", "legacy"))
    return resource, random.choice(SPOILS)(good, random)


def _text_somewhere(good: Any, random: Random) -> bytes:
    """A few leaves are words that hurt, and sometimes a key is."""
    word = random.choice(WORDS)
    told = each(0.2, lambda value, _: word)(good, random)
    return packed({**told, word: word} if random.random() < 0.5 else told)


def _number_somewhere(good: Any, random: Random) -> bytes:
    """Written as it is, which `json.dumps` would not do."""
    marked = json.dumps(each(0.1, lambda value, _: "\x01")(good, random))
    return marked.replace('"\\u0001"', random.choice(NUMBERS)).encode()


def _nested(good: Any, random: Random) -> bytes:
    depth = random.choice((3, 46, 49, 50, 51, 200, 990, 1100, 50_000, 100_000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}")))
    inner = f"{opening * depth}1{closing * (depth if random.random() < 0.9 else depth - 1)}"
    return (
        inner.encode() if random.random() < 0.3 else packed(good)[:-1] + f',"z":{inner}}}'.encode()
    )


def _hardly_json(good: Any, random: Random) -> bytes:
    raw = packed(good)
    at = random.randrange(len(raw))
    return random.choice(
        (
            b"", b" ", b"null", b"[]", b"{}", b'"x"', b"7", b"\x00", b"{", b"[" * 100_000,
            b"\xef\xbb\xbf" + raw, raw.decode().encode("utf-16"), raw.decode().encode("utf-32"),
            raw[:at], raw + raw, raw + b"\x00", raw[:at] + random.randbytes(4) + raw[at:],
            random.randbytes(200), raw.replace(b'"', b"'"), raw + b"," , b"\r\n" * 500 + raw,
            raw[:at] + b"\xed\xa0\x80" + raw[at:], b"a=b&c=d", b"<xml/>", raw.replace(b":", b"::", 1),
        )
    )  # fmt: skip


def _another_shape(value: Any) -> Callable[[Any, Random], bytes]:
    return lambda good, random: packed(value if random.random() < 0.5 else {**good, "data": value})


def _wide(good: Any, random: Random) -> bytes:
    many = {f"k{n}": n for n in range(random.choice((10, 5000, 40_000)))}
    return packed({**good, "more": many})


SHAPES: Final[Sequence[Any]] = ([], {}, None, 7, "x", [[]], {"error": []}, {"issue": 7})
SPOILS: Final[Sequence[Callable[[Any, Random], bytes]]] = (
    lambda good, random: packed(good),
    lambda good, random: packed(each(0.3, other_type)(good, random)),
    lambda good, random: packed(each(1.0, other_type)(good, random)),
    lambda good, random: packed(half_gone(good, random)),
    lambda good, random: packed(each(0.05, deep)(good, random)),
    lambda good, random: packed(each(0.1, no_number)(good, random)),
    twice,
    *(_another_shape(one) for one in SHAPES),
    *((_text_somewhere,) * 6),
    *((_number_somewhere,) * 4),
    _nested, _hardly_json, _hardly_json, _wide,
)  # fmt: skip
