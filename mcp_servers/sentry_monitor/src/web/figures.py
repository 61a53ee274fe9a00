"""What is counted of the service, for Prometheus. Labels are words of ours; of a
stranger's only the names of types of errors, bounded and checked (error_metrics.py)."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mcp_servers.sentry_monitor.src.service import Service
from modules.autofix.job import Status
from modules.framework.errors import ModuleError

from .error_metrics import ErrorMetrics

KINDS: Final = frozenset(
    [
        "issue",
        "event_alert",
        "error",
        "metric_alert",
        "comment",
        "installation",
        "seer",
        "legacy",
        "service_hook",
        "poll",
    ]
)


class Figures:
    """Counters of this process; what the database knows is read when it is asked for."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._errors = ErrorMetrics()
        self._deliveries = Counter(
            "sentry_monitor_deliveries",
            "Webhooks that were kept, by kind and what they came to at first.",
            ["kind", "result"],
            registry=self._registry,
        )
        self._refused = Counter(
            "sentry_monitor_deliveries_refused",
            "Webhooks that were turned away.",
            ["code"],
            registry=self._registry,
        )
        self._requests = Histogram(
            "sentry_monitor_http_seconds",
            "How long requests took, by route.",
            ["route", "status"],
            registry=self._registry,
        )

    def taken(self, kind: str, reason: str) -> None:
        known = kind if kind in KINDS else "other"
        self._deliveries.labels(known, reason or "enqueued").inc()

    def refused(self, code: str) -> None:
        self._refused.labels(code).inc()

    def answered(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).observe(seconds)

    async def page(self, service: Service) -> bytes:
        """In Prometheus' text format."""
        own = CollectorRegistry()
        errors = self._errors.of(service.statistics, service.services.now())
        own.register(_Known([*await _read(service), *errors]))
        each = (self._registry, own, service.reported)
        return b"".join(generate_latest(one) for one in each)


class _Known(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


async def _read(service: Service) -> list[Metric]:
    up = GaugeMetricFamily("sentry_monitor_database_up", "1 where the database of jobs answers.")
    try:
        counts = await service.figures.counts()
        inbox = await service.watch.inbox.counts()
        spent = await service.figures.spent_today()
        waits_s = await service.watch.inbox.oldest_s()
        missed = await service.poller.missed_lately()
    except ModuleError:
        up.add_metric([], 0)
        return [up]
    up.add_metric([], 1)
    jobs = GaugeMetricFamily(
        "sentry_monitor_jobs", "Jobs that are kept.", labels=["project", "status", "outcome"]
    )
    for (project, status, outcome), number in counts.items():
        jobs.add_metric([project, status, outcome], number)
    depth = GaugeMetricFamily("sentry_monitor_queue_depth", "Jobs that wait for a worker.")
    depth.add_metric([], sum(n for (_, s, _), n in counts.items() if s == Status.QUEUED.value))
    kept = GaugeMetricFamily("sentry_monitor_inbox", "Deliveries that are kept.", labels=["state"])
    for state, number in inbox.items():
        kept.add_metric([state], number)
    oldest = GaugeMetricFamily(
        "sentry_monitor_inbox_oldest_seconds", "How long a delivery waits to be decided about."
    )
    oldest.add_metric([], waits_s)
    gap = GaugeMetricFamily(
        "sentry_monitor_missed_24h",
        "Changes that polls of the last 24 hours found, and that no webhook told of.",
    )
    gap.add_metric([], missed)
    usd = GaugeMetricFamily("sentry_monitor_agent_usd_today", "What agents took today, in USD.")
    usd.add_metric([], spent.usd)
    runs = GaugeMetricFamily("sentry_monitor_agent_runs_today", "Runs of agents today.")
    runs.add_metric([], spent.runs)
    return [
        up,
        jobs,
        depth,
        kept,
        oldest,
        gap,
        usd,
        runs,
        *_upstream(service),
        *_took(await service.figures.took_lately()),
    ]


def _upstream(service: Service) -> list[Metric]:
    errors = CounterMetricFamily(
        "sentry_monitor_upstream", "Requests to Sentry since the start.", labels=["result"]
    )
    for result, number in service.services.sentry.tally.items():
        errors.add_metric([result], number)
    return [errors]


def _took(each: Iterable[float | None]) -> list[Metric]:
    """How long the jobs took that ended in the last 24 hours."""
    took = GaugeMetricFamily(
        "sentry_monitor_jobs_seconds_24h",
        "Seconds from start to end of the jobs of the last 24 hours, by quantile.",
        labels=["quantile"],
    )
    seconds = sorted(one for one in each if one is not None)
    for share in (0.5, 0.9, 0.99):
        if seconds:
            took.add_metric([str(share)], seconds[int(share * (len(seconds) - 1))])
    return [took]
