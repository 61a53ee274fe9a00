"""Deliveries to a service that tracks issues, which is killed again and again: what is tracked in
the end, here and in the tracker."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, Final

from fakes.github import TOKEN
from fakes.github_issues import FakeGitHubIssues
from fakes.loopback import loopback
from modules.tracker.ticket import note_marker

from . import haste
from .ground import Ground, sent
from .lives import LIFE, RULES, Told, expected, issues_in, lives
from .losing import Losing
from .reviving import Reviving, reviving

AT_ONCE: Final = 8
SOON, MOST = 20, 60  # acknowledgements until a kill; in long storms one in 25
CALM_S: Final = 300.0
LEASE_S, LEASE_ELSEWHERE_S = 1.0, 2.0  # longer than what a tracker does takes here
FILED: Final = re.compile(r"<!-- sentry-monitor:issue \S+ generation \d+ -->")
NOTED: Final = re.compile(r"<!-- sentry-monitor:note \S+ -->")
HOST: Final = "127.0.0.1:9"
OPEN_WORK: Final = (
    "select (select count(*) from tracker_due) + (select count(*) from tracker_effect)"
)


@dataclass
class Filed:
    """What the tracker has: the state of each issue by its marker, and the markers of comments."""

    issues: list[tuple[str, str]]
    comments: list[str]


@dataclass
class Tracked:
    """What came of it. Empty, or 0, is what all but the first four must be."""

    deliveries: int = 0
    kills: int = 0
    lost_answers: int = 0
    issues: int = 0
    lost: set[str] = field(default_factory=set)  # acknowledged, and not in the inbox
    undone: int = 0  # deliveries that nobody decided about, or what is still to be done
    missing: set[str] = field(default_factory=set)  # markers of generations
    foreign: set[str] = field(default_factory=set)  # of generations that never were
    doubled: set[str] = field(default_factory=set)  # markers that the tracker has twice
    comments_doubled: set[str] = field(default_factory=set)
    comments_missing: set[str] = field(default_factory=set)
    nameless: int = 0  # tracked, and filed under no name
    out_of_step: int = 0  # open here and closed there, or not as Sentry told last
    tracebacks: int = 0

    def wrong(self) -> dict[str, Any]:
        """What must not be, by its name."""
        counted = ("deliveries", "kills", "lost_answers", "issues")
        return {name: value for name, value in vars(self).items() if value and name not in counted}


@dataclass
class Storm:
    """Who sends, and to whom."""

    services: Sequence[Reviving]
    random: Random
    count: int
    acknowledged: Counter[Told] = field(default_factory=Counter)
    left: int = SOON  # acknowledgements until the next kill

    async def tell(self, deliveries: Sequence[Told]) -> None:
        """Eight at once, each until it is acknowledged."""
        waiting = iter(deliveries)
        turns = cycle(self.services)

        async def sender(service: Reviving) -> None:
            for one in waiting:
                await self._until_kept(service, one)

        await asyncio.gather(*(sender(next(turns)) for _ in range(AT_ONCE)))

    async def _until_kept(self, service: Reviving, one: Told) -> None:
        ground = service.ground
        while not await _kept(ground, one):
            ground = await service.after(ground)
        self.acknowledged[one] += 1
        self.left -= 1
        if self.left <= 0:
            self.left = self.random.randint(SOON, max(MOST, self.count // 25))
            self.random.choice(self.services).kill()

    async def calm(self) -> None:
        """Until all is decided, and done; a kill comes between."""
        pause = self.random.uniform(0.2, 4.0)
        async with asyncio.timeout(CALM_S):
            while self.services[0].ground.rows(OPEN_WORK)[0][0]:
                for service in self.services:
                    await service.after(service.ground)  # it may have been killed by its tracker
                await asyncio.sleep(0.1)
                pause -= 0.1
                if -0.1 < pause <= 0:
                    self.random.choice(self.services).kill()
        for service in self.services:
            await service.after(service.ground)


async def _kept(ground: Ground, one: Told) -> bool:
    try:
        status = (await sent(ground.port, one.raw)).status
    except (OSError, TimeoutError):
        return False
    if 400 <= status < 500:
        raise AssertionError(status)
    return status in (200, 202)


async def tracked(
    home: Path, seed: int, count: int, /, *, services: int = 1, **more: str
) -> Tracked:
    """The builtin tracker; `services` of them on one database, `more` are further settings."""
    random = Random(seed)  # noqa: S311 - the same each time
    settings = {"SENTRY_TRACKER": "builtin", **more}
    async with _services(home, services, LEASE_S, settings) as all_:
        found = await _storm(Storm(all_, random, count))
        _judged(found, all_, _builtin(all_[0].ground), count)
    return found


async def tracked_on_github(
    home: Path, seed: int, count: int, *, looks: bool = True, turns: int = len(LIFE)
) -> Tracked:
    """A GitHub that loses answers of what it did, and kills whoever asked."""
    random, github = Random(seed), FakeGitHubIssues()  # noqa: S311
    losing = Losing(github, Random(seed))  # noqa: S311
    async with loopback(losing) as server:
        settings = {
            "SENTRY_TRACKER": "github",
            "GITHUB_REPO": github.name,
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": server.url,
        }
        async with _services(home, 1, LEASE_ELSEWHERE_S, settings, looks=looks) as all_:
            losing.kill = all_[0].kill
            found = await _storm(Storm(all_, random, count), turns)
            found.lost_answers = losing.lost + losing.killed
            _judged(found, all_, _on_github(github), count)
    return found


@asynccontextmanager
async def _services(
    home: Path, number: int, lease_s: float, settings: Mapping[str, str], *, looks: bool = True
) -> AsyncIterator[Sequence[Reviving]]:
    rules = home / "projects.toml"
    rules.write_text(RULES)
    plain = {
        "SENTRY_FIXER_ENABLED": "false",
        "SENTRY_PROJECTS_FILE": str(rules),
        "SENTRY_RETRY_ATTEMPTS": "1",
        **haste.settings(lease_s, looks=looks),
        **settings,
    }
    prepare = partial(haste.prepare, lease_s, looks=looks)
    if number == 1:
        async with reviving(home, prepare, **plain) as one:
            yield (one,)
        return
    async with reviving(home, prepare, **plain) as one, reviving(home, prepare, **plain) as other:
        yield one, other


async def _storm(storm: Storm, turns: int = len(LIFE)) -> Tracked:
    for turn in lives(storm.random, storm.count)[:turns]:
        await storm.tell(turn)
        await storm.calm()
    ground = storm.services[0].ground
    return Tracked(
        deliveries=storm.acknowledged.total(),
        lost={one.id for one in storm.acknowledged} - ground.kept(),
        undone=ground.rows(OPEN_WORK)[0][0],
        comments_missing={note_marker(one.id) for one in storm.acknowledged if one.speaks},
    )


def _judged(found: Tracked, services: Sequence[Reviving], filed: Filed, count: int) -> None:
    ground = services[0].ground
    rows = ground.rows("select marker, key, state from tracker_issue")
    wanted = expected(HOST, issues_in(count))
    there = Counter(marker for marker, _ in filed.issues)
    states = dict(filed.issues)
    found.issues = len(rows)
    found.missing = (wanted - {row[0] for row in rows}) | (wanted - there.keys())
    found.foreign = ({row[0] for row in rows} | there.keys()) - wanted
    found.doubled = _twice(there)
    found.comments_doubled = _twice(Counter(filed.comments))
    found.comments_missing -= set(filed.comments)
    keys = Counter(row[1] for row in rows)
    found.nameless = keys[""] + len(_twice(keys))
    found.out_of_step = sum(states.get(marker) != state for marker, _, state in rows)
    found.out_of_step += sum(states.get(one) != "open" for one in _newest(wanted))
    found.kills = sum(one.kills for one in services)
    found.tracebacks = sum(one.tracebacks + one.ground.tracebacks for one in services)


def _newest(markers: Collection[str]) -> set[str]:
    """Of each issue: Sentry told last that it came back."""
    newest: dict[str, str] = {}
    for one in sorted(markers):
        newest[one.rpartition(" generation ")[0]] = one
    return set(newest.values())


def _twice(counts: Counter[str]) -> set[str]:
    return {one for one, number in counts.items() if number > 1}


def _builtin(ground: Ground) -> Filed:
    issues = [
        (marker, state) for marker, state in ground.rows("select marker, state from builtin_ticket")
    ]
    return Filed(
        issues, [marker for (marker,) in ground.rows("select marker from builtin_comment")]
    )


def _on_github(github: FakeGitHubIssues) -> Filed:
    issues = [(_one(FILED, one["body"]), str(one["state"])) for one in github.issues]
    return Filed(issues, [_one(NOTED, one["body"]) for one in github.comments])


def _one(marker: re.Pattern[str], text: str) -> str:
    (found,) = marker.findall(text)
    return str(found)
