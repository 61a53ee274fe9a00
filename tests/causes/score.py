"""How often what caused an error is named first, over a made-up past in a real repository."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from modules.autofix.adapters.git_calls import ask_at_most
from modules.autofix.adapters.git_objects import file_names
from modules.tracker.adapters.local_history import LocalHistory
from modules.tracker.correlate import correlate
from modules.tracker.history import Cause
from modules.tracker.places import Call, CodeMapping, spots_of

from .past import Known, Past, repository, shas

WINDOW = timedelta(hours=48)
MOST = 500
WROTE = {"the line": -1, "a rewrite": -1, "the caller": -2}  # the frame whose line it wrote
DEPLOYED = "/srv/app/current"  # where the code is on the server


@dataclass
class Score:
    """Ranks of the known causes, 0 where one is not named; seconds of each look."""

    ranks: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    looked_at: list[int] = field(default_factory=list)
    touching: list[int] = field(default_factory=list)  # commits that change a file of the stack
    by_kind: Counter[tuple[str, bool]] = field(default_factory=Counter)
    overwritten: list[bool] = field(default_factory=list)
    later_line: int = 0  # not first, and a later commit than the cause wrote the line that raised

    def within(self, most: int) -> float:
        return sum(0 < rank <= most for rank in self.ranks) / len(self.ranks)

    def decidable(self) -> float:
        """How often it is first, of those whose cause was not written over before they came up:
        else what raised is another's text, and two commits wrote the very same line."""
        left = [rank for rank, over in zip(self.ranks, self.overwritten, strict=True) if not over]
        return left.count(1) / len(left)

    def add(self, other: "Score") -> None:
        for name in ("ranks", "seconds", "looked_at", "touching", "overwritten"):
            getattr(self, name).extend(getattr(other, name))
        self.by_kind += other.by_kind
        self.later_line += other.later_line


async def scored(folder: Path, past: Past) -> Score:
    git = repository(folder, past)
    named = dict(shas(git))
    score = Score()
    for known in past.known:
        stack = await told(git, known, named[known.release])
        began = time.perf_counter()
        cause = await look(git, known, named[known.release], stack)
        score.seconds.append(time.perf_counter() - began)
        order = [one.commit.sha for one in cause.suspicions]
        wanted = named[known.culprit]
        rank = order.index(wanted) + 1 if wanted in order else 0
        score.ranks.append(rank)
        score.looked_at.append(cause.looked_at)
        score.touching.append(len(order))
        score.by_kind[known.kind, rank == 1] += 1
        score.overwritten.append(await _overwritten(git, known, named))
        if rank != 1:
            score.later_line += await _later_line(git, known, named)
    return score


async def _overwritten(git: Path, known: Known, named: Mapping[str, str]) -> bool:
    """Whether the line that the cause wrote is another commit's by now, says git blame."""
    kind = known.kind.partition(",")[0]
    if kind not in WROTE:
        return False
    who = await _blamed(git, known.frames[WROTE[kind]], named[known.release])
    return who != named[known.culprit]


async def _later_line(git: Path, known: Known, named: Mapping[str, str]) -> bool:
    who = await _blamed(git, known.frames[-1], named[known.release])
    made = {sha: int(tag.removeprefix("v")) for tag, sha in named.items()}
    return made[who] > made[named[known.culprit]]


async def _blamed(git: Path, frame: tuple[str, int], tip: str) -> str:
    path, line = frame
    where = (f"-L{line},{line}", "--porcelain", tip, "--", path)
    told = await ask_at_most(git, "blame", *where, cap=1 << 16, seconds=20)
    return told.split(b" ", 1)[0].decode()


async def told(git: Path, known: Known, tip: str) -> list[Call]:
    """The stack as an SDK reports it: with the name of each function and the text of each line."""
    calls = []
    for path, line in known.frames:
        file = await ask_at_most(git, "show", f"{tip}:{path}", cap=1 << 20, seconds=20)
        lines = file.decode().splitlines()
        heads = (one for one in reversed(lines[:line]) if one.startswith("def "))
        function = next(heads, "").removeprefix("def ").partition("(")[0]
        at = f"{DEPLOYED}/{path}"
        calls.append(Call(path=at, line=line, function=function, source=lines[line - 1]))
    return calls


async def look(git: Path, known: Known, tip: str, stack: list[Call]) -> Cause:
    """As the service does it: git's answer, the files of the release, the calls, the ranking."""
    since = known.first_seen - WINDOW
    history = LocalHistory(partial(ask_at_most, git), tip)
    commits = await history.commits(since, known.first_seen, MOST)
    mappings = (CodeMapping(f"{DEPLOYED}/", ""),)
    spots = spots_of([stack], await file_names(git, tip), mappings)
    return correlate(spots, commits, since=since, first_seen=known.first_seen)
