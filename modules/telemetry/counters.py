"""How much was captured, dropped and scrubbed, by kind; Prometheus reads it."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

NAMES: Final = {
    "captured": ("sentry_events_captured", "Handed to the SDK's queue.", ("kind",)),
    "dropped": ("sentry_events_dropped", "Not sent.", ("kind", "reason")),
    "scrubbed": ("sentry_secrets_scrubbed", "Taken out of what was sent.", ("secret",)),
}
KINDS: Final = 200  # of label values: more would be a flood of series


class Counters(Collector):
    """Totals of this process. Threads may count at once."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._totals: Final = {name: Counter[tuple[str, ...]]() for name in NAMES}

    def captured(self, kind: str) -> None:
        self._add("captured", (kind,))

    def dropped(self, kind: str, reason: str, quantity: int = 1) -> None:
        self._add("dropped", (kind, reason), quantity)

    def scrubbed(self, found: Mapping[str, int]) -> None:
        for secret, quantity in found.items():
            self._add("scrubbed", (secret,), quantity)

    def totals(self, name: str) -> dict[tuple[str, ...], int]:
        """Of `captured`, `dropped` or `scrubbed`, by their labels."""
        with self._lock:
            return dict(self._totals[name])

    def register(self, registry: CollectorRegistry) -> None:
        """Offer them to Prometheus: `register(prometheus_client.REGISTRY)`."""
        registry.register(self)

    def collect(self) -> Iterator[CounterMetricFamily]:
        for name, (metric, text, labels) in NAMES.items():
            family = CounterMetricFamily(metric, text, labels=labels)
            for values, total in self.totals(name).items():
                family.add_metric(values, total)
            yield family

    def describe(self) -> Iterable[CounterMetricFamily]:
        """So that registering collects nothing."""
        return [CounterMetricFamily(metric, text) for metric, text, _ in NAMES.values()]

    def _add(self, name: str, labels: tuple[str, ...], quantity: int = 1) -> None:
        with self._lock:
            totals = self._totals[name]
            if labels not in totals and len(totals) >= KINDS:
                labels = tuple("other" for _ in labels)
            totals[labels] += quantity
