"""Two services on one database: deliveries to both, a third of them twice, in any order."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from .ground import Ground, a_service, sent, wake, webhook
from .kills import doubled
from .payloads import error, packed

ISSUES: Final = 100
DOUBLES: Final = 0.3
AT_ONCE: Final = 8


@dataclass
class Together:
    statuses: Counter[int] = field(default_factory=Counter)
    issues: int = 0
    doubles: int = 0
    undecided: int = 0
    tracebacks: int = 0
    issues_without_a_job: set[str] = field(default_factory=set)


async def together(home: Path, seed: int, count: int, **more: str) -> Together:
    found = Together()
    deliveries = _deliveries(Random(seed), count)  # noqa: S311 - the same each time
    waiting = iter(deliveries)
    async with a_service(home, **more) as one, a_service(home, **more) as other:

        async def sender(ground: Ground) -> None:
            for _, raw in waiting:
                found.statuses[(await sent(ground.port, raw)).status] += 1

        await asyncio.gather(*(sender((one, other)[n % 2]) for n in range(AT_ONCE)))
        await asyncio.gather(wake(one), wake(other))
        await one.decided()
        issues = {str(issue) for issue, _ in deliveries}
        keys = one.rows("select issue_key from autofix_jobs")
        jobs = {key.rpartition("/")[2] for (key,) in keys}
        found.issues, found.doubles = len(issues), doubled(one)
        found.issues_without_a_job = issues - jobs
        found.undecided = one.rows("select count(*) from inbox where state = 'dead'")[0][0]
        found.tracebacks = one.tracebacks + other.tracebacks
    return found


def _deliveries(random: Random, count: int) -> list[tuple[int, bytes]]:
    unlike = [
        (issue, webhook(packed(error(issue, f"together {n}"))))
        for n in range(int(count * (1 - DOUBLES)))
        for issue in [random.randrange(ISSUES)]
    ]
    made = unlike + random.sample(unlike, count - len(unlike))
    random.shuffle(made)
    return made
