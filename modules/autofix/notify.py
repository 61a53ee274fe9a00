"""Tell people what a job was marked for. Nothing that happens here is the job's affair."""

import logging

from .job import Job
from .notices import Kind, notice
from .ports import Ports, Receipt
from .reasons import sentence

logger = logging.getLogger(__name__)


def kinds(ports: Ports) -> frozenset[Kind]:
    """What is told of this project's jobs."""
    tells = ports.notifier is not None and ports.project.notify
    return ports.told_kinds if tells else frozenset()


async def notify(before: Job, job: Job, ports: Ports) -> None:
    """Once for each mark that the last save has made, and never again."""
    marks = job.notices[len(before.notices) :]
    if ports.notifier is None or not marks:
        return
    kind = Kind(marks[-1])
    quiet = kind not in kinds(ports)
    told = notice(job, kind, ports.project, secrets=ports.secrets, quiet=quiet)
    for receipt in await ports.notifier.tell(told):
        await _keep(job, ports, kind, receipt)


async def _keep(job: Job, ports: Ports, kind: Kind, receipt: Receipt) -> None:
    if receipt.thread is not None and receipt.thread != job.thread:
        await ports.ledger.keep_thread(job, receipt.thread)
    if not receipt.reason:
        await ports.ledger.tell(job, f"told {receipt.place}: {kind.value}")
        return
    logger.warning("%s was not told: %s", receipt.place, receipt.reason, extra={"job": job.id})
    why = f"{receipt.reason} ({sentence(receipt.reason)})"
    await ports.ledger.tell(job, f"{receipt.place} was not told: {why}")
