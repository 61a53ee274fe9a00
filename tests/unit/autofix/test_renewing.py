"""A repair that takes long renews its note, and only its own."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from fakes.pipeline_ports import MemoryIssues, World
from fakes.repairs import NOW, job, problem
from modules.autofix.describe import note, read_note_marker
from modules.autofix.job import Job, Problem
from modules.autofix.ports import Note
from modules.autofix.renewing import renew, renewing


@dataclass
class Watched(MemoryIssues):
    renewed: asyncio.Event = field(default_factory=asyncio.Event)

    async def change_note(self, problem: Problem, note: Note, text: str) -> bool:
        self.renewed.set()
        return await super().change_note(problem, note, text)


OURS = job(problem=problem())


def world(*texts: str) -> World:
    world = World()
    world.issues.written = list(texts)
    return world


async def test_the_last_note_that_says_that_we_work_is_renewed() -> None:
    before = NOW - timedelta(minutes=12)
    texts = [note(OURS, stage, before) for stage in ("investigating", "reproduced")]
    other = note(job(id="other"), "applying", before)
    place = world(*texts, other)

    await renew(OURS, place.ports)

    investigating, reproduced, untouched = place.issues.written
    told = read_note_marker(investigating)
    assert told is not None
    assert (told.stage, told.at) == ("investigating", NOW)
    assert (reproduced, untouched) == (texts[1], other)


async def test_it_goes_on_while_the_work_does_and_ends_with_it() -> None:
    place = world(note(OURS, "applying", NOW - timedelta(minutes=12)))
    place.issues = issues = Watched(written=place.issues.written)

    async def kept() -> Job:
        return OURS

    async with renewing(kept, place.ports, every_s=0.01):
        await asyncio.wait_for(issues.renewed.wait(), 10)

    assert [one.get_name() for one in asyncio.all_tasks() if "coro=<_renew()" in repr(one)] == []


async def test_where_there_is_no_note_nothing_is_said() -> None:
    place = world()

    await renew(OURS, place.ports)

    assert place.issues.written == []
