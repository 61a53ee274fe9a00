"""A worker as a process of its own: `working.py URL LOG GO TTL_S`. A job is two steps; the second
waits until the file GO is there. Each step is told in LOG."""

import asyncio
import signal
import sys
import uuid
from pathlib import Path

from modules.autofix.adapters.job_store import JobStore
from modules.autofix.job import Job, Stage, Status
from modules.autofix.project import Budget
from modules.jobs.adapters.database import open_database
from modules.jobs.adapters.dbos_worker import worker
from modules.jobs.adapters.run_queue import RunQueue
from modules.outbound.clock import now


def tell(log: Path, line: str) -> None:
    with log.open("a") as out:
        out.write(f"{line}\n")


async def main(url: str, log: Path, go: Path, ttl_s: float) -> None:
    engine = open_database(url)
    store = JobStore(engine, RunQueue(engine), budget=Budget(), now=now, executor=uuid.uuid4().hex)

    async def one_run(job_id: str, run: int) -> None:
        job = await store.take(job_id, run)
        if job is None:
            return
        if job.stage is Stage.GATHER:
            tell(log, "gather")
            job = await store.save(job.model_copy(update={"stage": Stage.FIX}))
        await second(job)

    async def second(job: Job) -> None:
        tell(log, "fix")
        while not go.exists():  # noqa: ASYNC110, ASYNC240 - another process makes it
            await asyncio.sleep(0.02)
        tell(log, "fixed")
        await store.save(job.model_copy(update={"status": Status.SUCCEEDED}))

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with worker(url, engine, one_run, beat_s=ttl_s / 5, ttl_s=ttl_s, poll_s=0.1):
        sys.stdout.write("up\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])))
