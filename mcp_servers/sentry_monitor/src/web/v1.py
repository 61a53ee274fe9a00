"""The API for programs, below /api/v1: jobs, decisions, deliveries, any operation."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field, RootModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.decisions import diff_sha256
from modules.autofix.job import Decision, Job, Status
from modules.framework.contracts import ModuleInput
from modules.jobs.deliveries import Delivery, State
from modules.telemetry.error_statistics import Period

from .answers import Refused, of_detail
from .endpoints import Asked, asked, sent

BIG: Final = ("log", "diff")


class JobsAsked(Asked):
    status: Status | None = Field(None, description="Only jobs in this status.")
    project: str | None = Field(
        None,
        max_length=64,
        pattern="^[^\\x00]*$",  # PostgreSQL has no NUL
        description="Only of this project's key.",
    )
    limit: int = Field(20, ge=1, le=100)


class Decided(Asked):
    decision: Literal["approve", "guide", "wont_fix", "cancel", "retry"]
    text: str = Field("", max_length=1000, description="With guide: what to do differently.")
    diff_sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="With approve: of the diff that was read."
    )


class DeliveriesAsked(Asked):
    state: State | None = Field(None, description="Only deliveries in this state.")
    before: datetime | None = Field(None, description="Only older ones; ISO 8601 with a zone.")
    limit: int = Field(50, ge=1, le=200)


class StatisticsAsked(Asked):
    project: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_-]{1,100}$",
        description="Project slug; default all mapped projects, else SENTRY_PROJECT.",
    )
    period: Period = "24h"
    limit: int = Field(5, ge=1, le=100, description="Types and top issues.")


class Parameters(RootModel[dict[str, Any]]):
    """Of an operation, by name."""


class V1:
    """Every handler raises Refused or ModuleError for what does not fit."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def jobs(self, request: Request) -> Response:
        """Newest first, by their documented names, without logs and diffs."""
        wanted = asked(JobsAsked, request)
        jobs = await self._service.autofix.jobs.list(
            status=wanted.status, project=wanted.project, limit=wanted.limit
        )
        return JSONResponse({"jobs": [job_json(job) for job in jobs]})

    async def job(self, request: Request) -> Response:
        """One job with its attempts, logs, diffs and history."""
        job = await self._service.autofix.jobs.get(id_of(request))
        events = await self._service.autofix.jobs.events(job.id)
        history = [
            {"at": one.at.isoformat(), "stage": one.stage, "message": one.message} for one in events
        ]
        told = {**job_json(job, whole=True), "history": history, "diffSha256": diff_sha256(job)}
        return JSONResponse(told)

    async def decide(self, request: Request) -> Response:
        """What a person decided about a job; 409 where it does not fit its state."""
        given = await sent(Decided, request)
        decision = Decision(
            kind=given.decision,
            at=self._service.services.now(),
            text=given.text,
            diff_sha256=given.diff_sha256,
        )
        job = await self._service.autofix.jobs.decide(id_of(request), decision)
        return JSONResponse(job_json(job))

    async def deliveries(self, request: Request) -> Response:
        """Newest first: what was pushed or found, and what became of it."""
        wanted = asked(DeliveriesAsked, request)
        if wanted.before is not None and wanted.before.tzinfo is None:
            raise Refused(400, "bad_query", "before: must have a zone, such as Z.")
        found = await self._service.watch.inbox.list(
            state=wanted.state, before=wanted.before, limit=wanted.limit
        )
        return JSONResponse({"deliveries": [delivery_json(one) for one in found]})

    async def replay(self, request: Request) -> Response:
        """Decide about a delivery anew."""
        await self._service.watch.replay(id_of(request))
        await self._service.watch.drain()
        return JSONResponse(delivery_json(await self._service.watch.inbox.get(id_of(request))))

    async def statistics(self, request: Request) -> Response:
        """Of errors, as the operation get-error-statistics answers."""
        wanted = asked(StatisticsAsked, request)
        named = {} if wanted.project is None else {"project_slug": wanted.project}
        told = {**named, "period": wanted.period, "limit": wanted.limit}
        return await self._run("get-error-statistics", told)

    async def operation(self, request: Request) -> Response:
        """Run one operation, as MCP tools and the command line do."""
        given = await sent(Parameters, request)
        return await self._run(str(request.path_params["name"]), given.root)

    async def _run(self, name: str, parameters: dict[str, Any]) -> Response:
        output = await self._service.module.execute(
            ModuleInput(operation=name, parameters=parameters)
        )
        if output.error is not None:
            return of_detail(output.error)
        return JSONResponse(output.model_dump(mode="json"))


def job_json(job: Job, *, whole: bool = False) -> dict[str, Any]:
    """By the documented names. `problem` is what strangers wrote, as it is kept: redacted."""
    told = job.to_json()
    told.pop("problem", None)
    told["costUsd"] = round(job.cost_usd, 4)
    if not whole:
        told.pop("payloadSnapshot", None)
        for attempt in told["attempts"]:
            for name in BIG:
                attempt.pop(name, None)
    return told


def delivery_json(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "receivedAt": one.received_at.isoformat(),
        "source": one.source,
        "resource": one.resource,
        "action": one.action,
        "issueId": one.issue_id,
        "project": one.project,
        "state": one.state.value,
        "reason": one.reason,
        "jobId": one.job_id,
        "attempts": one.attempts,
    }


def id_of(request: Request) -> str:
    given = str(request.path_params["id"])
    if not given.isascii() or not given.isalnum() or len(given) > 64:
        raise Refused(404, "not_found", "There is nothing of that name.")
    return given
