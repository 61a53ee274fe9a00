import gzip
import json
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.envelope import (
    MAX_EVENT,
    MAX_TOTAL,
    Envelope,
    decompress,
    key_of,
    parse,
    read_event,
)
from modules.local_sentry.errors import BadEnvelope, TooLarge, UnsupportedEncoding

KEY = "0123456789abcdef0123456789abcdef"


def packed(payloads: list[bytes]) -> bytes:
    items = [
        json.dumps({"type": "attachment", "length": len(one)}).encode() + b"\n" + one + b"\n"
        for one in payloads
    ]
    return b'{"event_id":"x"}\n' + b"".join(items)


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_payloads_of_any_bytes_come_out_as_they_went_in(payloads: list[bytes]) -> None:
    assert [item.payload for item in parse(packed(payloads)).items] == payloads


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope_or_a_typed_refusal(body: bytes) -> None:
    with suppress(BadEnvelope):
        assert isinstance(parse(body), Envelope)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "", "zstd"]))
def test_any_bytes_decompress_or_are_refused(body: bytes, encoding: str) -> None:
    with suppress(BadEnvelope, TooLarge, UnsupportedEncoding):
        assert isinstance(decompress(body, encoding), bytes)


@given(st.binary(max_size=500))
def test_what_is_compressed_is_undone(body: bytes) -> None:
    raw = zlib.compressobj(wbits=-15)

    assert decompress(gzip.compress(body), "gzip") == body
    assert decompress(zlib.compress(body), "deflate") == body
    assert decompress(raw.compress(body) + raw.flush(), "deflate") == body


def test_an_item_without_length_ends_at_the_newline() -> None:
    envelope = parse(b'{}\n{"type":"event"}\n{"message":"hi"}\n{"type":"session"}\n{}')

    assert [(one.type, one.payload) for one in envelope.items] == [
        ("event", b'{"message":"hi"}'),
        ("session", b"{}"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{}\n{"length":1}\nx',
        b'{}\n{"type":"event","length":99}\nx',
        b'{}\n{"type":"event","length":true}\nx',
        b'{}\n{"type":"event","length":1}\nxy',
    ],
)
def test_a_malformed_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(BadEnvelope):
        parse(body)


def test_a_bomb_stops_at_the_cap() -> None:
    with pytest.raises(TooLarge):
        decompress(gzip.compress(bytes(MAX_TOTAL + 1)), "gzip")


def test_a_body_cut_off_is_refused() -> None:
    with pytest.raises(BadEnvelope):
        decompress(gzip.compress(b"hello")[:-9], "gzip")


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(UnsupportedEncoding, match="zstd"):
        decompress(b"x", "zstd")


def test_an_event_over_its_cap_is_too_large() -> None:
    with pytest.raises(TooLarge):
        read_event(b'"' + b"x" * MAX_EVENT + b'"')


def test_half_a_character_is_replaced() -> None:
    assert read_event(b'{"message":["\\ud83d", 1]}') == {"message": ["?", 1]}


@pytest.mark.parametrize(
    ("header", "query", "dsn"),
    [
        (f"Sentry sentry_version=7, sentry_key={KEY}", None, ""),
        (None, KEY.upper(), ""),
        (None, None, f"http://{KEY}@localhost:9000/1"),
        (None, None, f"https://{KEY}:secret@localhost/1"),
    ],
)
def test_the_key_is_found_where_sdks_put_it(
    header: str | None, query: str | None, dsn: str
) -> None:
    assert key_of(header, query, {"dsn": dsn}) == KEY


def test_without_a_key_there_is_none() -> None:
    assert key_of("Sentry sentry_version=7", None, {}) is None
