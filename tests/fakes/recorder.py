"""A real HTTP server between an SDK and Sentry that keeps every byte that went through it."""

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Recorder:
    """`bodies`: what arrived, decompressed. `status`: what is answered where nothing is behind."""

    url: str = ""
    behind: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it, heads included, as it was sent and as JSON means it."""
        raw = "\n".join([*self.heads, *(one.decode("utf-8", "replace") for one in self.bodies)])
        return raw + "\n" + "\n".join(map(str, self.values()))

    def values(self) -> Iterator[Any]:
        """Every line that is JSON, of headers, of items and of their payloads."""
        for body in self.bodies:
            for line in body.split(b"\n"):
                if line[:1] in (b"{", b"["):
                    yield json.loads(line)

    def of(self, kind: str) -> list[Any]:
        """The payloads of the items of a kind."""
        return [json.loads(payload) for head, payload in self._items() if head["type"] == kind]

    def _items(self) -> Iterator[tuple[dict[str, Any], bytes]]:
        """Source: https://develop.sentry.dev/sdk/data-model/envelopes/ (headers, length, payload)."""
        for body in self.bodies:
            rest = body.partition(b"\n")[2]
            while rest.strip():
                head, _, rest = rest.partition(b"\n")
                told = json.loads(head)
                yield told, rest[: told["length"]]
                rest = rest[told["length"] + 1 :]


@contextmanager
def recording(behind: str = "", *, status: int = 200) -> Iterator[Recorder]:
    """`behind`: a Sentry that each request goes on to."""
    recorder = Recorder(behind=behind, status=status)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            plain = gzip.decompress(body) if self.headers.get("Content-Encoding") else body
            recorder.bodies.append(plain)
            recorder.heads.append(f"{self.requestline}\n{self.headers}")
            code, answer = _answer(recorder, self.path, dict(self.headers), body)
            self.send_response(code)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        recorder.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield recorder
        finally:
            server.shutdown()
            thread.join()


def _answer(
    recorder: Recorder, path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    if not recorder.behind:
        return recorder.status, b"{}"
    kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "content-length")}
    answer = httpx.post(f"{recorder.behind}{path}", content=body, headers=kept, trust_env=False)
    return answer.status_code, answer.content
