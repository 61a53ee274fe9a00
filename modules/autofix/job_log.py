"""What a worker logs of its jobs: a line for each event of their history."""

import logging

from .job import Job


def log_event(logger: logging.Logger, job: Job, message: str) -> None:
    facts = {"job": job.id, "issue": job.issue_name, "stage": job.stage.value}
    logger.info("job %s, %s, %s: %s", *facts.values(), message, extra=facts)
