"""The composition root: settings to services. The environment is read here and nowhere else."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from modules.autofix.tidying import again_and_again
from modules.framework.contracts import ModuleInput
from modules.framework.module import Module
from modules.safetext.policy import Policy

from .assembly import Workshop
from .deciding import Decider
from .operations.catalog import OPERATIONS
from .operations.causes import cause_of
from .operations.services import CAPS, Services
from .reporting import report_errors, telemetry
from .settings import Settings

if TYPE_CHECKING:
    import httpx
    from prometheus_client import CollectorRegistry

    from modules.autofix.adapters.issue_tools import IssueTools
    from modules.autofix.ports import Receipt
    from modules.outbound.messages import Sender
    from modules.tracker.bridge import Bridge
    from modules.tracker.history import Cause

    from .poll import Polled
    from .service import Service
    from .watch import Watch

SAAS_CONCURRENT, SAAS_PER_SECOND = 5, 5.0
TRACKING_S, SYNC_S = 1.0, 60.0  # how often is looked for what is due, and for drift
IDLE_S = 30.0  # for a job of the processor to go back to the queue
SCOPES = {one.name: one.scopes for one in OPERATIONS}


def environment() -> Mapping[str, str]:
    return os.environ


class Connection:
    """The services of one process, opened at the first call and kept for the next.

    Settings that cannot be used are told at each call, not when this is made.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self._environ = dict(environ)
        self._transport = transport
        self._settings: Settings | None = None
        self._services: Services | None = None
        self._workshop: Workshop | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def open(self, request: ModuleInput) -> AsyncIterator[Services]:
        """The services for one call, which ends at its deadline.

        Raises BadSettings, MissingToken, DeadlineExceeded.
        """
        from modules.outbound.deadline import deadline

        if self._settings is None:
            self._settings = Settings.from_environ(self._environ)
        async with deadline(request.timeout_seconds or self._settings.timeout_s):
            yield self._current(self._settings)

    async def aclose(self) -> None:
        if self._services is not None:
            await self._services.sentry.aclose()
            self._services = None
        if self._workshop is not None:
            await self._workshop.aclose()
            self._workshop = None

    def opened(self, settings: Settings) -> tuple[Workshop, Services]:
        """For a program that lives longer than a call. Raises MissingToken."""
        self._settings = settings
        services = self._current(settings)
        if self._workshop is None:
            raise AssertionError
        return self._workshop, services

    def _current(self, settings: Settings) -> Services:
        """A client belongs to the event loop that made it; another loop gets its own."""
        loop = asyncio.get_running_loop()
        if self._workshop is None:
            self._workshop = Workshop(settings)
        if self._services is None or self._loop is not loop:
            self._services = open_services(settings, self._transport, workshop=self._workshop)
            self._loop = loop
        return self._services


@asynccontextmanager
async def working(
    environ: Mapping[str, str],
    *,
    only: Collection[str] | None = None,
    tools: "IssueTools | None" = None,
) -> AsyncIterator[Settings]:
    """A worker in this process while the context is open; `only` are the jobs it works on,
    `tools` are what its agents may ask about their issue.

    Raises BadSettings, BadDsn, MissingToken, BadProjects, AutofixDisabled, WorkerRunning, NoSandbox.
    """
    from modules.autofix.errors import AutofixDisabled

    settings = Settings.from_environ(environ)
    if not settings.fixer_enabled:
        raise AutofixDisabled
    end = tracing(settings)
    report_errors(settings)
    workshop = Workshop(settings)
    _ = workshop.projects  # a mapping that cannot be used ends no queued job: it is told now
    workshop.tools = tools
    services = open_services(settings, workshop=workshop)
    try:
        async with workshop.worker(services.sentry, only=only):
            yield settings
    finally:
        await services.sentry.aclose()
        await workshop.aclose()
        await asyncio.to_thread(end)


def tracing(settings: Settings) -> Callable[[], None]:
    """Spans go where the settings say; what to call at the end. Raises NoTracing."""
    if settings.otel_endpoint is None:
        return lambda: None
    from modules.outbound.tracing import begin

    return begin(settings.otel_endpoint)


@asynccontextmanager
async def serving(
    environ: Mapping[str, str],
    *,
    works: bool,
    tools: "IssueTools | None" = None,
    decider: Decider | None = None,
) -> "AsyncIterator[Service]":
    """The whole service while the context is open: what is pushed is decided about, and tracked, by
    `decider` where there is one, polls go on their schedule, and jobs run where `works` says so.

    Raises BadSettings, BadDsn, MissingToken, BadProjects, WorkerRunning, NoSandbox, DatabaseAway.
    """
    from prometheus_client import CollectorRegistry

    settings = Settings.from_environ(environ)
    report_errors(settings, reported := CollectorRegistry())
    connection = Connection(environ)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, tracing(settings))
        stack.push_async_callback(connection.aclose)
        workshop, services = connection.opened(settings)
        _ = workshop.projects
        workshop.tools = tools
        if works and settings.fixer_enabled:
            await stack.enter_async_context(workshop.worker(services.sentry))
        service = _service(
            settings,
            workshop,
            services,
            works=works,
            module=Module(OPERATIONS, connection.open),
            reported=reported,
            variables=frozenset(name for name, value in environ.items() if value.strip()),
        )
        stack.callback(service.watch.inbox.close)
        if decider is not None:
            stack.push_async_callback(decider.aclose)
        tracks = service.tracking is not None
        beside = {asyncio.create_task(_watching(service.watch, decider, tracks=tracks))}
        if settings.poll_interval_ms:
            every_s = settings.poll_interval_ms / 1000
            beside.add(asyncio.create_task(service.poller.again_and_again(every_s)))
        if service.tracking is not None and decider is None:
            beside.add(asyncio.create_task(tracking(service.tracking)))
        if service.statistics.every_s:
            beside.add(asyncio.create_task(service.statistics.again_and_again()))
        stack.push_async_callback(_end, beside)
        stack.push_async_callback(_idle, service)
        yield service


async def _watching(watch: "Watch", decider: Decider | None, *, tracks: bool) -> None:
    if decider is None or not (watch.enabled or tracks):
        await watch.run()
        return

    async def elsewhere() -> None:
        try:
            if watch.enabled:  # what arrives is told apart by it, too
                await watch.know_organization()
        finally:
            await decider()

    await watch.run(elsewhere)


async def tracking(bridge: "Bridge") -> None:
    """What is due is done, and what drifted is brought in step, until it is cancelled."""
    from modules.tracker.reconcile import sync_some

    async def all_that_is_due() -> None:
        while await bridge.round():
            pass

    look = again_and_again("looking at tracked issues", partial(sync_some, bridge), every_s=SYNC_S)
    async with asyncio.TaskGroup() as both:
        both.create_task(again_and_again("tracking issues", all_that_is_due, every_s=TRACKING_S))
        both.create_task(look)


async def _idle(service: "Service") -> None:
    """What requests have begun ends before anything is closed."""
    await service.poller.aclose()
    with suppress(TimeoutError):
        async with asyncio.timeout(IDLE_S), service.busy:
            pass


async def poll_once(environ: Mapping[str, str]) -> "Polled":
    """Look once for what webhooks missed, and decide about what was found.

    Raises BadSettings, MissingToken, BadProjects, AutofixDisabled, DatabaseAway.
    """
    from modules.autofix.errors import AutofixDisabled

    settings = Settings.from_environ(environ)
    if not settings.fixer_enabled:
        raise AutofixDisabled
    connection = Connection(environ)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(connection.aclose)
        workshop, services = connection.opened(settings)
        watch = workshop.watch(services.sentry)
        stack.callback(watch.inbox.close)
        found = await workshop.poller(services.sentry, watch).poll()
        await watch.drain()
        return found


async def _end(tasks: "set[asyncio.Task[None]]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _service(
    settings: Settings,
    workshop: Workshop,
    services: Services,
    *,
    works: bool,
    module: Module[Services],
    reported: "CollectorRegistry",
    variables: frozenset[str],
) -> "Service":
    from .kept_statistics import kept_statistics
    from .service import Service

    watch = workshop.watch(services.sentry)

    async def switch(*, on: bool, at_once: bool) -> None:
        await workshop.jobs.switch(on, now=at_once, note="by page", by="operator")

    return Service(
        settings=settings,
        services=services,
        module=module,
        watch=watch,
        poller=workshop.poller(services.sentry, watch),
        statistics=kept_statistics(module, services, every_ms=settings.statistics_interval_ms),
        figures=workshop.figures,
        lessons=workshop.lessons,
        pulls=workshop.pull_records,
        switch=switch,
        worker=partial(workshop.worker, services.sentry),
        works=works and settings.fixer_enabled,
        where=workshop.where_jobs_are,
        busy=asyncio.Lock(),
        tracking=services.tracking() if settings.tracker != "off" else None,
        reported=reported,
        variables=variables,
    )


@asynccontextmanager
async def learned(environ: Mapping[str, str]) -> AsyncIterator[Workshop]:
    """What became of pull requests, and the lessons. Raises BadSettings."""
    workshop = Workshop(Settings.from_environ(environ))
    try:
        yield workshop
    finally:
        await workshop.aclose()


async def switch(environ: Mapping[str, str], *, on: bool, at_once: bool) -> None:
    """The kill switch of autofix. Raises BadSettings."""
    workshop = Workshop(Settings.from_environ(environ))
    try:
        await workshop.jobs.switch(on, now=at_once, note="by command", by="operator")
    finally:
        await workshop.aclose()


async def send_trial(environ: Mapping[str, str]) -> "tuple[Receipt, ...]":
    """Tell everybody who would be told of a repair that this is a test; empty where nobody is
    named. Raises BadSettings."""
    from modules.autofix.notices import trial

    notifications = Workshop(Settings.from_environ(environ)).notifications
    return await notifications.tell(trial()) if notifications is not None else ()


def open_services(
    settings: Settings,
    transport: "httpx.AsyncBaseTransport | None" = None,
    *,
    workshop: Workshop | None = None,
) -> Services:
    """Raises MissingToken."""
    from modules.outbound.clock import now
    from modules.sentry.client import SentryClient
    from modules.telemetry.adapters.rule_reader import rules_in

    workshop = workshop or Workshop(settings)
    emails, addresses = (word in settings.show_personal for word in ("email", "ip"))
    sentry = SentryClient(
        settings.url,
        connect=_connector(settings, transport),
        org=settings.org,
        org_token=settings.org_token,
    )

    async def suspects(org: str, issue_id: str, *, hours: int) -> "Cause":
        return await cause_of(services, org, issue_id, hours=hours)

    services = Services(
        sentry=sentry,
        project=settings.project,
        policy=Policy(emails=emails, addresses=addresses, caps=CAPS),
        now=now,
        operation_scopes=SCOPES,
        autofix=workshop.autofix,
        tracking=partial(workshop.bridge, sentry, suspects),
        notifications=workshop.how_notifications_stand,
        forge_access=workshop.access,
        repositories=workshop.histories,
        mapped=lambda: tuple(one.slug for one in workshop.projects.projects),
        alert_rules=partial(rules_in, settings.alert_rules_file),
        telemetry=partial(telemetry, settings),
    )
    return services


def _connector(
    settings: Settings, transport: "httpx.AsyncBaseTransport | None"
) -> "Callable[[str], Sender]":
    from modules.outbound.http_client import HttpClient
    from modules.outbound.messages import Rules
    from modules.outbound.pacing import Limits
    from modules.sentry.client import read_wait_hint
    from modules.sentry.errors import MissingToken

    if settings.auth_token is None:
        raise MissingToken
    headers = {
        "authorization": f"Bearer {settings.auth_token.get_secret_value()}",
        "user-agent": "sentry-monitor",
    }
    limits = Limits(SAAS_CONCURRENT, SAAS_PER_SECOND) if settings.saas else Limits()
    rules = Rules(
        timeout_s=max(0.5, settings.timeout_s * 0.4),
        attempts=settings.retry_attempts,
        limits=limits,
        wait_hint=read_wait_hint,
    )
    return lambda base_url: HttpClient(base_url, headers=headers, rules=rules, transport=transport)
