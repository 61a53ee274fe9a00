"""What an SDK sends: compressed bytes → envelope headers and items; the key from its header."""

import importlib
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .errors import BadEnvelope, TooLarge, UnsupportedEncoding
from .models import Json

MAX_EVENT: Final = 1_000_000
MAX_TOTAL: Final = 20_000_000
_CHUNK: Final = 65_536
_KEY: Final = re.compile(r"sentry_key=([0-9a-fA-F]{32})\b")
_DSN_KEY: Final = re.compile(r"https?://([0-9a-fA-F]{32})(?::[^@]*)?@")


@dataclass(frozen=True)
class Item:
    type: str
    headers: Json
    payload: bytes


@dataclass(frozen=True)
class Envelope:
    headers: Json
    items: tuple[Item, ...]


def parse(body: bytes) -> Envelope:
    """Split an envelope: a header line, then items of a header line and their payload each."""
    line, rest = _line(body, 0)
    return Envelope(headers=_object(line, "envelope header"), items=tuple(_items(body, rest)))


def _items(body: bytes, start: int) -> Iterator[Item]:
    position = start
    while position < len(body):
        line, position = _line(body, position)
        if not line.strip():
            continue
        headers = _object(line, "item header")
        payload, position = _payload(body, position, headers.get("length"))
        yield Item(type=_type(headers), headers=headers, payload=payload)


def _type(headers: Json) -> str:
    kind = headers.get("type")
    if not isinstance(kind, str) or not kind:
        raise BadEnvelope("item header without a type")
    return kind


def _payload(body: bytes, start: int, length: Any) -> tuple[bytes, int]:
    if length is None:
        return _line(body, start)
    if type(length) is not int or length < 0 or start + length > len(body):
        raise BadEnvelope("item length does not fit the body")
    end = start + length
    if end < len(body) and body[end : end + 1] != b"\n":
        raise BadEnvelope("item does not end with a newline")
    return body[start:end], end + 1


def _line(body: bytes, start: int) -> tuple[bytes, int]:
    end = body.find(b"\n", start)
    return (body[start:], len(body)) if end < 0 else (body[start:end], end + 1)


def _object(text: bytes, what: str) -> Json:
    value = read_json(text, what)
    if not isinstance(value, dict):
        raise BadEnvelope(f"{what} is not an object")
    return value


def read_json(text: bytes, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadEnvelope(f"{what} is not JSON") from None


def read_event(payload: bytes) -> Json:
    """The event of an item, within its cap."""
    if len(payload) > MAX_EVENT:
        raise TooLarge()
    event = _object(payload, "event")
    return _without_surrogates(event) if b"\\ud" in payload.lower() else event


def _without_surrogates(value: Any) -> Any:
    """Half a character is legal in JSON, but no database takes it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(one) for key, one in value.items()}
    return value


def key_of(header: str | None, query_key: str | None, envelope_headers: Json) -> str | None:
    """The public key, from wherever the SDK put it."""
    if match := _KEY.search(header or ""):
        return match[1].lower()
    if query_key:
        return query_key.lower()
    match = _DSN_KEY.match(str(envelope_headers.get("dsn") or ""))
    return match[1].lower() if match else None


def decompress(body: bytes, encoding: str) -> bytes:
    """Undo `Content-Encoding`, never growing past the cap."""
    match encoding.strip().lower():
        case "" | "identity":
            plain = body
        case "gzip":
            plain = _inflate(body, 31)
        case "deflate":
            plain = _inflate(body, 15 if body[:1] and body[0] & 0x0F == 8 else -15)  # zlib or raw
        case "br":
            plain = _unbrotli(body)
        case _:
            raise UnsupportedEncoding(f"unsupported content encoding {encoding!r}")
    if len(plain) > MAX_TOTAL:
        raise TooLarge()
    return plain


def _inflate(body: bytes, wbits: int) -> bytes:
    engine = zlib.decompressobj(wbits)
    try:
        plain = engine.decompress(body, MAX_TOTAL + 1)
    except zlib.error:
        raise BadEnvelope("body does not decompress") from None
    if not engine.eof and len(plain) <= MAX_TOTAL:
        raise BadEnvelope("body ends early")
    return plain


def _unbrotli(body: bytes) -> bytes:
    try:
        brotli = importlib.import_module("brotli")
    except ImportError:
        raise UnsupportedEncoding("brotli is not installed here") from None
    engine, plain = brotli.Decompressor(), bytearray()
    try:
        for start in range(0, len(body), _CHUNK):
            plain += engine.process(body[start : start + _CHUNK])
            if len(plain) > MAX_TOTAL:
                break
    except brotli.error:
        raise BadEnvelope("body does not decompress") from None
    return bytes(plain)
