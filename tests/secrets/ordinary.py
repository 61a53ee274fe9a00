"""Ordinary code and prose, of which next to nothing may be redacted, and how long it takes."""

import random
import statistics
import sysconfig
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from pydoc_data.topics import topics
from typing import Final

from modules.safetext.redaction import redact

from .log_lines import log_lines

ROOT: Final = Path(__file__).parents[2]
MOST: Final = 0.01  # of the lines
LINES: Final = 60_000
CHARACTERS: Final = 50_000
# Not personal data, which is redacted by choice and not as a secret.
KEPT: Final = frozenset({"email", "ip-address"})
TESTS: Final = frozenset(("idle_test", "site-packages", "test", "tests"))


@dataclass
class Measured:
    """One corpus: its lines, and those that redaction altered."""

    name: str
    lines: int = 0
    altered: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    personal: int = 0  # altered only for an address

    @property
    def share(self) -> float:
        return len(self.altered) / self.lines

    def told(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common(8))
        return (
            f"{self.name}: {len(self.altered)} of {self.lines:,} lines altered "
            f"({self.share:.2%}; {self.personal} more for addresses)"
            + (f": {kinds}" if kinds else "")
        )


def measured(most: int = LINES) -> list[Measured]:
    """What redaction does to each corpus; `most` lines of the standard library."""
    return [
        _measured("standard library", standard_library(most)),
        _measured("this project", this_project()),
        _measured("prose", prose()),
        _measured("logs", log_lines()),
    ]


def standard_library(most: int = LINES) -> list[str]:
    """Lines of whole files, chosen by a fixed seed, of the Python that runs this."""
    folder = Path(sysconfig.get_path("stdlib"))
    found = sorted(folder.rglob("*.py"))
    files = [path for path in found if TESTS.isdisjoint(path.relative_to(folder).parts)]
    random.Random(42).shuffle(files)  # noqa: S311 - a sample
    lines: list[str] = []
    for path in files:
        lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) >= most:
            break
    return lines[:most]


def this_project() -> list[str]:
    """Its sources; not the tests, which plant secrets."""
    return _lines_of("*.py")


def prose() -> list[str]:
    """Its documentation, and what Python says in `help("topics")`."""
    return [*_lines_of("*.md"), *"\n".join(topics.values()).splitlines()]


def milliseconds() -> list[float]:
    """For each 50 kB of code, the best of five."""
    text = "\n".join(standard_library())
    pieces = [text[at : at + CHARACTERS] for at in range(0, len(text), CHARACTERS)][:-1]
    redact(pieces[0])  # rules are compiled when they are first needed
    return sorted(min(_timed(piece) for _ in range(5)) for piece in pieces)


def speed_told(times: list[float]) -> list[str]:
    return [
        f"50 kB of code: median {statistics.median(times):.1f} ms, worst {times[-1]:.1f} ms "
        f"of {len(times)}"
    ]


def _timed(text: str) -> float:
    """Of the processor: others may be at work."""
    started = time.thread_time()
    redact(text)
    return (time.thread_time() - started) * 1000


def _lines_of(pattern: str) -> list[str]:
    found = [ROOT / "README.md"] if pattern == "*.md" else []
    for folder in ("modules", "mcp_servers", "demo", "bench", "docs"):
        found += sorted((ROOT / folder).rglob(pattern))
    return [line for path in found for line in path.read_text(encoding="utf-8").splitlines()]


def _measured(name: str, lines: Iterable[str]) -> Measured:
    result = Measured(name)
    for line in filter(str.strip, lines):
        result.lines += 1
        left, kinds = redact(line, KEPT)
        if left != line:
            result.altered.append(line)
            result.kinds += kinds
        elif redact(line)[0] != line:
            result.personal += 1
    return result
