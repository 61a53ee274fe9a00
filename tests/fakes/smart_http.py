"""A GitHub Enterprise server on this machine, with TLS: its API (a FakeGitHub) and git's own smart
HTTP (`git http-backend` as CGI, as git-http-backend(1) describes it) behind Basic authentication."""

import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from .clones import ENV, GIT
from .github import TOKEN, FakeGitHub

LOGIN = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
API = "/api/v3"


@dataclass
class SmartServer:
    """`root/acme/shop.git` at `url/acme/shop.git`. Pushes reach `github`, too."""

    root: Path
    github: FakeGitHub
    url: str = ""
    protocols: set[str] = field(default_factory=set)
    lost: int = 0  # so many answers to pushes are not given, though they were applied
    unanswered: int = 0

    @property
    def bare(self) -> Path:
        return self.root / f"{self.github.name}.git"

    def mirror(self) -> None:
        """What git has, the API knows."""
        told = _git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", cwd=self.bare)
        for line in told.splitlines():
            branch, sha = line.split()
            self.github.pushed(branch, sha)

    def backend(self, env: dict[str, str], body: bytes) -> bytes:
        more = {"GIT_PROJECT_ROOT": str(self.root), "GIT_HTTP_EXPORT_ALL": "1"}
        argv = [GIT, "http-backend"]
        done = subprocess.run(
            argv, input=body, env={**ENV, **more, **env}, capture_output=True, check=True
        )
        return done.stdout


def _git(*args: str, cwd: Path) -> str:
    done = subprocess.run([GIT, *args], cwd=cwd, env=ENV, check=True, capture_output=True)
    return done.stdout.decode()


@contextmanager
def smart_server(root: Path, github: FakeGitHub, chain: Path, key: Path) -> Iterator[SmartServer]:
    """`chain` and `key` are the certificate of 127.0.0.1."""
    smart = SmartServer(root, github)
    smart.bare.mkdir(parents=True)
    _git("init", "--bare", "--quiet", "--initial-branch=main", cwd=smart.bare)
    _git("config", "http.receivepack", "true", cwd=smart.bare)
    handler = type("Handler", (_Handler,), {"smart": smart, "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    smart.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield smart
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    smart: ClassVar[SmartServer]
    lock: ClassVar[threading.Lock]
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        body = self._body()
        path = urlsplit(self.path).path
        if path.startswith("/api/"):
            with self.lock:
                self._api(path, body)
        else:
            self._git(path, body)

    do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("content-length", "0")))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _api(self, path: str, body: bytes) -> None:
        where = path.removeprefix(API) if path.startswith(API) else path.removeprefix("/api")
        query = dict(parse_qsl(urlsplit(self.path).query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        given = json.loads(body) if body else None
        status, more, told = self.smart.github.answered(self.command, where, query, headers, given)
        raw = b"" if told is None else json.dumps(told).encode()
        self._reply(status, {"Content-Type": "application/json", **more}, raw)

    def _git(self, path: str, body: bytes) -> None:
        if self.headers.get("authorization") != LOGIN:
            self._reply(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"")
            return
        self.smart.protocols.add(self.headers.get("git-protocol", ""))
        answer = self.smart.backend(self._cgi(path, body), body)
        if path.endswith("/git-receive-pack"):
            self.smart.mirror()
            if self.smart.lost:
                self.smart.lost -= 1
                self.smart.unanswered += 1
                self.close_connection = True
                return
        head, _, raw = answer.partition(b"\r\n\r\n")
        headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        self._reply(status, headers, raw)

    def _cgi(self, path: str, body: bytes) -> dict[str, str]:
        return {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": urlsplit(self.path).query,
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            "REMOTE_USER": "x-access-token",
            "REMOTE_ADDR": "127.0.0.1",
        }

    def _reply(self, status: int, headers: dict[str, str], raw: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None: ...


class Watcher:
    """Reads the arguments of every process again and again, until it is told to stop."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.seen: set[bytes] = set()
        self.leaks: list[bytes] = []

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.002):  # git's processes live longer than that
            for process in Path("/proc").iterdir():
                if process.name.isdigit():
                    self._look(process / "cmdline")

    def _look(self, path: Path) -> None:
        try:
            line = path.read_bytes()
        except OSError:  # it ended meanwhile
            return
        self.seen.add(line)
        self.leaks += [line for secret in self._secrets if secret in line]


def holding(folder: Path, *secrets: str) -> list[Path]:
    """The files below a folder that hold any of them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(one.encode() in path.read_bytes() for one in secrets)]
