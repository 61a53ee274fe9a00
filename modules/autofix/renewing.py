"""A run that takes long says from time to time that it is still at work, or another instance would
take its issue over after half an hour."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from modules.framework.errors import ModuleError

from .describe import read_note_marker, renewed
from .job import Job
from .ports import Note, Ports
from .screening import AT_WORK

EVERY_S: Final = 600.0
Latest = Callable[[], Awaitable[Job]]


@asynccontextmanager
async def renewing(latest: Latest, ports: Ports, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While the context is open, for the job as it is kept. What fails is tried again later."""
    task = asyncio.create_task(_renew(latest, ports, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _renew(latest: Latest, ports: Ports, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        with contextlib.suppress(ModuleError):
            await renew(await latest(), ports)


async def renew(job: Job, ports: Ports) -> None:
    """Our last note that says that we are at work says so of this moment. Raises what the port
    raises."""
    if (problem := job.problem) is None:
        return
    ours = [one for one in await ports.issues.notes(problem) if _is_ours(one, job)]
    latest = max(ours, key=_moment, default=None)
    if latest is not None:
        await ports.issues.change_note(problem, latest, renewed(latest.text, ports.now()))


def _is_ours(note: Note, job: Job) -> bool:
    told = read_note_marker(note.text) if note.mine else None
    return told is not None and told.job == job.id and told.stage in AT_WORK


def _moment(note: Note) -> float:
    told = read_note_marker(note.text)
    return told.at.timestamp() if told else 0.0
