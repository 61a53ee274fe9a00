"""What is sent and what comes back, as values; knows no HTTP library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .pacing import Limits

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Request:
    """`path` is below the client's base URL; `query` keeps order and repetitions."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None

    @property
    def write(self) -> bool:
        return self.method not in ("GET", "HEAD")


@dataclass(frozen=True)
class Reply:
    """A complete answer; header names in lower case, `body` decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Rules:
    """How requests are sent. Times in seconds, sizes in bytes.

    `wait_hint` reads from an answer how long the server wants to be left alone.
    """

    timeout_s: float = 12.0
    attempts: int = 3
    max_body: int = 16 * 2**20
    limits: Limits = field(default_factory=Limits)
    wait_hint: Callable[[Reply], float | None] = lambda reply: None


class Sender(Protocol):
    """Whoever takes a request to one server and brings its answer."""

    async def send(self, request: Request) -> Reply: ...

    async def aclose(self) -> None: ...
