"""An upstream that costs nothing: recorded answers over real HTTP, each after a set delay.

`python -m bench.canned FILE DELAY_MS` serves the JSON object in FILE, path to answer, on a free
port, which it prints.
"""

import asyncio
import json
import sys
from pathlib import Path


async def main(answers: dict[str, bytes], delay_s: float) -> None:

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            if delay_s:
                await asyncio.sleep(delay_s)
            writer.write(answers.get(path, _MISSING))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _response(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


_MISSING = _response(b'{"detail": "The requested resource does not exist"}', "404 Not Found")

if __name__ == "__main__":
    recorded = json.loads(Path(sys.argv[1]).read_text())
    responses = {path: _response(json.dumps(body).encode()) for path, body in recorded.items()}
    asyncio.run(main(responses, float(sys.argv[2]) / 1000))
