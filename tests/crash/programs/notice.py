"""A run of job j1 that is killed at its notice: `notice.py URL API before|after|never`."""

import asyncio
import os
import signal
import sys
import uuid
from dataclasses import replace

from fakes.pipeline_ports import World
from fakes.slack import TOKEN
from modules.autofix.adapters.job_store import JobStore
from modules.autofix.adapters.notifications import Notifications
from modules.autofix.adapters.slack import SlackBot
from modules.autofix.job import Job
from modules.autofix.notices import USUAL, Notice
from modules.autofix.ports import Ports, Receipt
from modules.autofix.project import Budget
from modules.autofix.work import Work
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.run_queue import RunQueue
from modules.outbound.clock import now


class Doomed:
    """Implements Notifier, until this process is killed."""

    def __init__(self, real: Notifications, when: str) -> None:
        self._real, self._when = real, when

    async def tell(self, notice: Notice) -> tuple[Receipt, ...]:
        if self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        told = await self._real.tell(notice)
        if self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return told


async def main(url: str, api: str, when: str) -> None:
    engine = open_database(url)
    store = JobStore(engine, RunQueue(engine), budget=Budget(), now=now, executor=uuid.uuid4().hex)
    notifier = Doomed(Notifications([SlackBot(TOKEN, "C0SHOP", api=api)]), when)

    async def ports_of(job: Job) -> Ports:
        return replace(World().ports, ledger=store, notifier=notifier, told_kinds=USUAL)

    job = await store.get("j1")
    await Work(store, ports_of, now=now)(job.id, job.run)
    store.close()
    engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
