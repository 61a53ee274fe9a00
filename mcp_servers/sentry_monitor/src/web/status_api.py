"""The documented endpoints of seed documents 000 and 001: for cron-driven hosts and status pages."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.errors import AutofixDisabled
from modules.autofix.job import Job, Status
from modules.framework.errors import ModuleError

from .answers import Refused

MOST: Final = 5  # jobs of one call
GOOD: Final = (Status.SUCCEEDED, Status.WAITING)
SHOWN: Final = 50


class StatusApi:
    """What is under way, and how to set it going."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def process(self, request: Request) -> Response:
        """Run queued jobs to their end: `batch` of them, 1 to 5."""
        batch = _batch(request.query_params.get("batch", "1"))
        if not self._service.watch.enabled:
            raise AutofixDisabled
        await self._service.watch.drain()
        jobs = await self._service.process(batch)
        results = [_result(job) for job in jobs]
        succeeded = sum(one["success"] for one in results)
        return JSONResponse(
            {
                "ok": True,
                "processed": len(results),
                "succeeded": succeeded,
                "failed": len(results) - succeeded,
                "results": results,
            }
        )

    async def processing(self, _: Request) -> Response:
        """Whether it is set up, and whether jobs wait."""
        known = self._service.settings
        slack = known.slack_webhook is not None or known.slack_token is not None
        github = known.github_token is not None or known.github_app_id is not None
        return JSONResponse(
            {
                "ok": True,
                "enabled": self._service.watch.enabled,
                "configured": {"github": github, "slack": slack},
                "hasPendingJobs": bool(await self._service.figures.queued(1)),
            }
        )

    async def status(self, _: Request) -> Response:
        """What is being worked on; `processed` are the jobs that ended, `duration` is in seconds."""
        counts = await self._service.figures.counts()
        over = (Status.SUCCEEDED.value, Status.FAILED.value, Status.CANCELLED.value)
        running = await self._service.autofix.jobs.list(status=Status.RUNNING, limit=SHOWN)
        return JSONResponse(
            {
                "enabled": self._service.watch.enabled,
                "processed": sum(n for (_, status, _), n in counts.items() if status in over),
                "activeProcessing": [self._active(job) for job in running],
            }
        )

    def _active(self, job: Job) -> dict[str, Any]:
        started = job.started_at or job.created_at
        return {
            "issueId": job.sentry_issue_id,
            "module": job.project_key,
            "duration": int((self._service.services.now() - started).total_seconds()),
            "jobId": job.id,
            "stage": job.stage.value,
        }

    async def poll(self, _: Request) -> Response:
        """Look for what webhooks missed, now."""
        if not self._service.watch.enabled:
            raise AutofixDisabled
        found = await self._service.poller.poll()
        return JSONResponse({"ok": True, **found.to_json()})

    async def health(self, _: Request) -> Response:
        """That this process answers."""
        return JSONResponse({"ok": True})

    async def ready(self, _: Request) -> Response:
        """That the database answers; whether this process runs jobs, and whether they are paused."""
        try:
            stopped = await self._service.autofix.jobs.stopped()
        except ModuleError as error:
            return JSONResponse({"ok": False, "reason": error.code}, 503)
        told = {"ok": True, "worker": self._service.works, "paused": bool(stopped)}
        return JSONResponse(told)

    async def clear(self, _: Request) -> Response:
        """Forget the jobs that are over, so that their issues may be processed again."""
        gone, kept = await self._service.figures.clear()
        await self._service.poller.forget()
        return JSONResponse({"ok": True, "cleared": gone, "kept": kept})


def _batch(given: str) -> int:
    if given in map(str, range(1, MOST + 1)):
        return int(given)
    raise Refused(400, "bad_batch", f"batch must be a whole number from 1 to {MOST}.")


def _result(job: Job) -> dict[str, Any]:
    told: dict[str, Any] = {"jobId": job.id, "success": job.status in GOOD}
    if job.reason:
        told["reason"] = job.reason
    return told
