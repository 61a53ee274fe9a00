"""A GitHub whose answers get lost after it applied a write, and which takes its clients with it."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from fakes.github import served
from fakes.github_issues import FakeGitHubIssues
from fakes.loopback import Line, Seen, answer

LOST, AWAY, KILLED = 0.15, 0.1, 0.01  # of writes, of all requests, of writes
WRITES: Final = ("POST", "PATCH")


class Deaf(Line):
    """Nothing comes back on it."""

    async def send(self, raw: bytes) -> None:
        await self.reset()


@dataclass
class Losing:
    """How a loopback server has to behave. `kill` ends whoever asks."""

    github: FakeGitHubIssues
    random: Random
    kill: Callable[[], Any] = lambda: None
    lost: int = 0
    killed: int = 0

    async def __call__(self, seen: Seen, line: Line) -> None:
        applies = served(self.github)
        if self.random.random() < AWAY:
            await line.send(answer(502, b""))
        elif seen.method in WRITES and self.random.random() < KILLED:
            self.killed += 1
            await applies(seen, Deaf(line.reader, line.writer))
            self.kill()
        elif seen.method in WRITES and self.random.random() < LOST:
            self.lost += 1
            await applies(seen, Deaf(line.reader, line.writer))
        else:
            await applies(seen, line)
