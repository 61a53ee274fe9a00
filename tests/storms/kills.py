"""The receiver is killed while deliveries arrive, started again, killed again."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from .fuzz import KEPT
from .ground import Ground, a_service, sent, wake, webhook
from .payloads import error, packed
from .receiver import Prepare

AT_ONCE: Final = 16
ISSUES: Final = 40


@dataclass
class Kills:
    """What came of it."""

    rounds: int = 0
    acknowledged: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    undecided: int = 0  # acknowledged, and neither begun nor skipped in the end
    doubles: int = 0  # issue generations with two jobs
    tracebacks: int = 0


async def kills(
    home: Path,
    seed: int,
    rounds: int,
    prepare: Prepare | None = None,
    /,
    *,
    most: int = 60,
    **more: str,
) -> Kills:
    """Each round ends after 1 to `most` acknowledgements; `more` are further settings."""
    found, random = Kills(), Random(seed)  # noqa: S311 - the same each time
    bodies = (packed(error(random.randrange(ISSUES), f"{seed} {n}")) for n in count())
    for _ in range(rounds):
        async with a_service(home, prepare, **more) as ground:
            _judge(ground, found)
            await _until_killed(ground, found, bodies, random.randint(1, most))
        found.rounds += 1
    async with a_service(home, prepare, **more) as ground:
        _judge(ground, found)
        await wake(ground)
        await ground.decided()
        settled = ground.rows("select id from inbox where state in ('done', 'skipped')")
        found.undecided = len(found.acknowledged - {one for (one,) in settled})
        found.doubles = doubled(ground)
    return found


def doubled(ground: Ground) -> int:
    """How many issue generations have two jobs."""
    jobs = "select issue_key from autofix_jobs group by issue_key, generation having count(*) > 1"
    return len(ground.rows(jobs))


def _judge(ground: Ground, found: Kills) -> None:
    found.lost |= found.acknowledged - ground.kept()
    found.tracebacks += ground.tracebacks


async def _until_killed(ground: Ground, found: Kills, bodies: Iterator[bytes], number: int) -> None:
    before = len(found.acknowledged)

    async def sender() -> None:
        while ground.process.exitcode is None:
            try:
                answer = await sent(ground.port, webhook(next(bodies)))
            except OSError:
                return
            if answer.status in (200, 202) and (told := KEPT.search(answer.body)):
                found.acknowledged.add(told[1].decode())
            if len(found.acknowledged) - before >= number:
                ground.process.kill()

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    found.tracebacks += ground.tracebacks
