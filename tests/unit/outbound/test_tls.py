"""A server that breaks off TLS after the handshake."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fakes.certificates import certificate
from modules.outbound.errors import OutboundError, OutcomeUnknown, Unreachable
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Request, Rules

GARBAGE = b"\x17\x03\x03\x00\x20" + b"no record of TLS, 32 bytes long!"


@asynccontextmanager
async def breaking(chain: Path, key: Path) -> AsyncIterator[str]:
    """The URL of a server that reads a request and answers with what is no TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        os.write(writer.get_extra_info("socket").fileno(), GARBAGE)
        writer.transport.abort()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (Request("GET", "/x/"), Unreachable),
        (Request("PUT", "/x/", body={"status": "resolved"}), OutcomeUnknown),
    ],
)
async def test_a_broken_record_is_a_broken_connection(
    request_: Request,
    error: type[OutboundError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain, key = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    async with breaking(chain, key) as url:
        client = HttpClient(url, headers={}, rules=Rules(timeout_s=10, attempts=1))
        with pytest.raises(error):
            await client.send(request_)
        await client.aclose()
