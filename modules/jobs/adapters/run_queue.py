"""Runs in the engine's queue, seen from outside: nothing here executes one."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowStatus

from modules.jobs.errors import DatabaseAway

APP: Final = "sentry-monitor"
QUEUE: Final = "runs"
WORKFLOW: Final = "run"
ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
MISSING: Final = "MISSING"


class RunQueue:
    """A run is named `<job>.<number>`; runs of one partition go one after the other."""

    def __init__(self, engine: sa.Engine) -> None:
        """The database must have been migrated."""
        self._client = DBOSClient(
            system_database_engine=engine,
            application_name=APP,
            lazy=True,
            retry_connection_errors=False,  # an error at once; the default waits for ever
            serializer=DBOSPortableJSONSerializer(),  # the default is pickle: runs what it reads
        )

    def enqueue(
        self, conn: sa.Connection, run_id: str, partition: str, delay_s: float = 0.0
    ) -> None:
        """Part of the caller's transaction: the run is there when that is committed."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": run_id,
            "queue_partition_key": partition,
            "application_name": APP,
        }
        if delay_s > 0:
            options["delay_seconds"] = delay_s
        self._client.enqueue_in_transaction(conn, options, run_id)

    def ended(self, run_ids: Collection[str]) -> Mapping[str, str]:
        """How those of the runs that are over ended: the state, and why where it is known.

        A run that the queue does not know is over, too: it never starts.
        """
        if not run_ids:
            return {}
        known = self._client.list_workflows(
            workflow_ids=[*run_ids], load_input=False, load_output=True
        )
        missing = dict.fromkeys(set(run_ids) - {run.workflow_id for run in known}, MISSING)
        return {**missing, **{run.workflow_id: _end(run) for run in known if run.status in ENDED}}

    def cancel(self, run_ids: Collection[str]) -> None:
        """Take runs out of the queue. One that has begun goes on, but its end is not recorded."""
        if run_ids:
            self._client.cancel_workflows([*run_ids])

    def prune(self, before: datetime) -> int:
        """Forget the runs that ended before; how many. Without it they stay for ever.

        Raises DatabaseAway.
        """
        try:
            return self._prune(before)
        except sa.exc.OperationalError:
            raise DatabaseAway from None

    def _prune(self, before: datetime) -> int:
        old = self._client.list_workflows(
            completed_before=before.isoformat(),
            status=ENDED,
            name=WORKFLOW,
            load_input=False,
            load_output=False,
        )
        if old:
            self._client.delete_workflows([run.workflow_id for run in old])
        return len(old)


def _end(run: WorkflowStatus) -> str:
    why = str(run.error)[:500] if run.error else ""
    return f"{run.status}: {why}" if why else run.status
