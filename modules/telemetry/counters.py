"""How much was captured, dropped, reduced and scrubbed, by kind; Prometheus reads it."""

import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import CounterMetricFamily

NAMES: Final = {
    "captured": (
        "sentry_events_captured",
        "Handed to the SDK's transport; what it loses is dropped, too.",
        ("kind",),
    ),
    "dropped": ("sentry_events_dropped", "Not sent.", ("kind", "reason")),
    "reduced": (
        "sentry_events_reduced",
        "Captured as the least that can be said, since they could not be scrubbed.",
        ("kind",),
    ),
    "scrubbed": ("sentry_secrets_scrubbed", "Taken out of what was sent.", ("secret",)),
}
KINDS: Final = 200  # of label values: more would be a flood of series


class Counters:
    """Totals of this process: a fork begins at nothing. Threads may count at once."""

    def __init__(self) -> None:
        self._shared: dict[str, Any] = {}
        self._begin()

    def captured(self, kind: str, quantity: int = 1) -> None:
        self._add("captured", (kind,), quantity)

    def dropped(self, kind: str, reason: str, quantity: int = 1) -> None:
        self._add("dropped", (kind, reason), quantity)

    def reduced(self, kind: str) -> None:
        self._add("reduced", (kind,))

    def scrubbed(self, found: Mapping[str, int]) -> None:
        for secret, quantity in found.items():
            self._add("scrubbed", (secret,), quantity)

    def totals(self, name: str) -> dict[tuple[str, ...], int]:
        """Of `captured`, `dropped`, `reduced` or `scrubbed`, by their labels."""
        self._begin_after_a_fork()
        with self._lock:
            return dict(self._totals[name])

    def register(self, registry: "CollectorRegistry") -> None:
        """Offer them to Prometheus: `register(prometheus_client.REGISTRY)`. Raises ValueError
        where its names are taken.

        With PROMETHEUS_MULTIPROC_DIR they are counters of prometheus_client's own, which alone are
        added up over processes.
        """
        from prometheus_client import Counter as SharedCounter
        from prometheus_client.values import MutexValue, ValueClass

        if ValueClass is MutexValue:
            registry.register(_Offer(self))
            return
        self._shared = {
            name: SharedCounter(metric, text, labels, registry=registry)
            for name, (metric, text, labels) in NAMES.items()
        }

    def _add(self, name: str, labels: tuple[str, ...], quantity: int = 1) -> None:
        self._begin_after_a_fork()
        with self._lock:
            totals = self._totals[name]
            if labels not in totals and len(totals) >= KINDS:
                labels = tuple("other" for _ in labels)
            totals[labels] += quantity
        if self._shared:
            self._shared[name].labels(*labels).inc(quantity)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._totals = {name: Counter[tuple[str, ...]]() for name in NAMES}
        self._process = os.getpid()

    def _begin_after_a_fork(self) -> None:
        """What the parent counted, it tells itself; its lock may be held by a thread that is not
        here."""
        if self._process != os.getpid():
            self._begin()


class _Offer:
    """What a registry collects: prometheus_client's protocol of a collector."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator["CounterMetricFamily"]:
        for family, name in self._families():
            for values, total in self._counters.totals(name).items():
                family.add_metric(values, total)
            yield family

    def describe(self) -> Iterable["CounterMetricFamily"]:
        """So that registering collects nothing."""
        return [family for family, _ in self._families()]

    def _families(self) -> Iterator[tuple["CounterMetricFamily", str]]:
        from prometheus_client.core import CounterMetricFamily

        for name, (metric, text, labels) in NAMES.items():
            yield CounterMetricFamily(metric, text, labels=labels), name


_OFFERED: Final[WeakKeyDictionary["CollectorRegistry", Counters]] = WeakKeyDictionary()


def counters_for(registry: "CollectorRegistry | None") -> Counters:
    """Those that the registry has, where it has them: an application that is set up again, as in
    each of its workers, goes on counting. Raises ValueError."""
    if registry is None:
        return Counters()
    if registry not in _OFFERED:
        counters = Counters()
        counters.register(registry)
        _OFFERED[registry] = counters
    return _OFFERED[registry]
