"""What the SDK asks before anything leaves: dropped, grouped, scrubbed; and nothing raw, ever.

What can go wrong ends here: an error that cannot be scrubbed becomes a small event of our own words,
everything else is dropped.
"""

import logging
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Final, cast

from modules.safetext.redaction import redact

from .counters import Counters
from .fitting import fit
from .grouping import fingerprint
from .messages import settle_crumb, settle_entry, settle_record
from .noise import is_probe, why_dropped
from .people import People, forget_agent, hashed
from .rules import Rules
from .scrubbing import Scrubber

Json = dict[str, Any]
Own = Callable[[Json, Json], Json | None]
FAILED: Final = "scrubbing_failed"
REMOVED: Final = "[removed: it could not be scrubbed]"
NAME: Final = re.compile(r"[A-Za-z_]\w{0,80}\Z")
EVENT_ID: Final = re.compile(r"[0-9a-f]{32}\Z")
TRACE: Final = re.compile(r"[0-9a-f]{16,32}\Z")
TIME: Final = re.compile(r"[0-9][0-9T:.+-]{1,40}Z?\Z")
SPLIT: Final = "gen_ai."  # spans that the SDK sends beside their transaction
PLAIN: Final = re.compile(r"[\w.@/+ -]{1,200}\Z")
VERSION: Final = re.compile(r"[\w.!+-]{1,60}\Z")
USER_ID: Final = "user.id"  # of a log
logger: Final = logging.getLogger(__name__)


class Clean(dict[str, Any]):
    """What went through a hook. The transport knows it by its type."""


class Sealed(Clean):
    """An event that is scrubbed when it is opened, by the transport in a thread of its own: an
    application that fails waits for no search. To whoever does not know how to open it, it is what
    `least` makes."""

    def __init__(self, safe: Json, opened: Callable[[], Json]) -> None:
        super().__init__(safe)
        self.opened = opened


class Hooks:
    """The hooks of one set-up; threads may share them. `later`: errors and transactions are sealed,
    for a transport that opens them (outgoing)."""

    def __init__(
        self,
        *,
        rules: Rules | None = None,
        people: People | None = None,
        scrubber: Scrubber | None = None,
        counters: Counters | None = None,
        own: Own | None = None,
        later: bool = False,
    ) -> None:
        self.counters = counters or Counters()
        self.scrubber = scrubber or Scrubber()
        self._rules = rules or Rules()
        self._people = people or People()
        self._own = own
        self._later = later

    def before_send(self, event: Any, hint: Any) -> Any:
        """For errors, messages and check-ins. A hook of the application comes first, so that what
        it adds is scrubbed, too."""
        kind = "check_in" if _is_check_in(event) else "error"
        try:
            judged = self._judged(event, hint)
            return None if judged is None else self._safe(judged, hint, kind)
        except Exception as error:  # noqa: BLE001 - whatever happens here, the event must not leave as it was
            made = None if kind == "check_in" else least(event, hint)
            self._failed(kind, error, leaves=made is not None)
            return made

    def before_send_transaction(self, event: Any, hint: Any) -> Any:
        try:
            if self._is_noise(event):
                return None
            shown = self._later and shown_of(event)
            return Sealed(shown, partial(self._sent, event)) if shown else self._scrubbed(event)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("transaction", error)
            return None

    def before_breadcrumb(self, crumb: Any, hint: Any) -> Any:
        """What a breadcrumb of a log message no longer tells by name; the rest is scrubbed with the
        event that takes the breadcrumb along."""
        try:
            record = (hint or {}).get("log_record")
            if record is not None and record.args:
                settle_crumb(crumb, record.msg, record.args)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("breadcrumb", error)
            return None
        return crumb

    def before_send_log(self, log: Any, hint: Any) -> Any:
        return self._record("log", log)

    def before_send_metric(self, metric: Any, hint: Any) -> Any:
        return self._record("metric", metric)

    def scrub(self, data: Json) -> None:
        """In place, and counted."""
        self.counters.scrubbed(self.scrubber.scrub(data))

    def scrub_record(self, record: Json) -> None:
        """A log or a metric, whose attributes are plain values."""
        if not self._people.user_agent:
            forget_agent(record)
        settle_record(record, self.scrub)
        attributes = record.get("attributes")
        known = attributes.pop(USER_ID, None) if isinstance(attributes, dict) else None
        self.scrub(record)
        if known is not None:
            record["attributes"][USER_ID] = self._id(known)

    def _id(self, known: Any) -> Any:
        """As it is where it tells nothing else; users whose ids are addresses stay apart, too."""
        told = {"id": known}
        self.scrub(told)
        return known if told["id"] == known else hashed(known)

    def _judged(self, event: Json, hint: Json) -> Json | None:
        """Grouped; None where it is dropped."""
        if self._own is not None:
            made = self._own(event, hint)
            if made is None:
                self.counters.dropped("error", "before_send")
                return None
            event = made
        if _is_check_in(event):
            return event
        if reason := why_dropped(event, self._rules.drop, built_in=self._rules.built_in_noise):
            self.counters.dropped("error", reason)
            return None
        if found := fingerprint(event, self._rules.group):
            event["fingerprint"] = found
        return event

    def _safe(self, event: Json, hint: Json, kind: str) -> Json:
        least_of_it = least(event, hint) if self._later and kind == "error" else None
        if least_of_it is None:
            return self._scrubbed(event)
        if trace := _trace(event):
            least_of_it["contexts"] = {"trace": trace}
        return Sealed(least_of_it, partial(self._opened, event, least_of_it))

    def _opened(self, event: Json, least_of_it: Json) -> Json:
        try:
            return self._scrubbed(event)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("error", error, leaves=True)
            return least_of_it

    def _sent(self, transaction: Json) -> Json:
        """Raises ValueError, which keeps the transport from sending it."""
        try:
            return self._scrubbed(transaction)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed("transaction", error)
            raise ValueError("not scrubbed") from None

    def _scrubbed(self, event: Json) -> Json:
        """Without what repeats a secret where nothing tells that it is one."""
        event.pop("_meta", None)
        entry = event.get("logentry")
        if isinstance(entry, dict) and "params" in entry:
            settle_entry(entry, self.scrub)
        versions = _versions(event.pop("modules", None))
        user = self._people.about(event)
        address, known = user.pop("ip_address", None), user.pop("id", None)
        event["user"] = user
        self.scrub(event)
        if known is not None:
            event["user"] = {"id": self._id(known), **event["user"]}
        if address:
            event["user"]["ip_address"] = address
        if not event["user"]:
            del event["user"]
        if versions:
            event["modules"] = versions
        fit(event)
        return Clean(event)

    def _record(self, kind: str, record: Json) -> Json | None:
        try:
            self.scrub_record(record)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(kind, error)
            return None
        return record

    def _is_noise(self, event: Json) -> bool:
        if self._rules.built_in_noise and is_probe(event):
            self.counters.dropped("transaction", "health check")
            return True
        return False

    def _failed(self, kind: str, error: Exception, *, leaves: bool = False) -> None:
        """Told by the name of the error only: its message may hold anything."""
        if leaves:
            self.counters.reduced(kind)
        else:
            self.counters.dropped(kind, FAILED)
        logger.warning("a Sentry %s could not be scrubbed (%s)", kind, type(error).__name__)


def least(event: Any, hint: Any) -> Json | None:
    """An event of which every word is ours but the name of the exception's class."""
    try:
        thrown = hint.get("exc_info") if isinstance(hint, dict) else None
        name = thrown[0].__name__ if thrown and isinstance(thrown[0], type) else ""
        known = event if isinstance(event, dict) else {}
        made: Json = {
            "platform": "python",
            "level": "error",
            "tags": {"telemetry": FAILED},
            "fingerprint": [FAILED, name if NAME.match(name) else "message"],
        }
        if isinstance(known.get("event_id"), str) and EVENT_ID.match(known["event_id"]):
            made["event_id"] = known["event_id"]
        # Alerts ask for them.
        made |= {one: known[one] for one in ("environment", "release") if _is_plain(known.get(one))}
        if NAME.match(name):
            made["exception"] = {"values": [{"type": name, "value": REMOVED}]}
        else:
            made["logentry"] = {"formatted": REMOVED}
    except Exception:  # noqa: BLE001 - nothing is better than anything raw
        return None
    return Clean(made) if "event_id" in made else None


def shown_of(transaction: Json) -> Json:
    """What the SDK asks of a transaction that it is about to send; nothing where it asks more."""
    spans, times = transaction.get("spans") or [], ("start_timestamp", "timestamp")
    told = {one: transaction.get(one) for one in times}
    if (
        not isinstance(spans, list)
        or any(str(one.get("op")).startswith(SPLIT) for one in spans if isinstance(one, dict))
        or not all(TIME.match(str(one)) for one in told.values())
        or not EVENT_ID.match(str(transaction.get("event_id")))
        or not TRACE.match(str(_trace_of(transaction).get("trace_id")))
    ):
        return {}
    names = ("environment", "release")
    return {
        "type": "transaction",
        "event_id": transaction["event_id"],
        "transaction": REMOVED,
        "contexts": {"trace": _trace(transaction)},
        "spans": [{}] * len(spans),  # those that are fewer than before it counts as lost
        **told,
        **{one: transaction[one] for one in names if _is_plain(transaction.get(one))},
    }


def _is_plain(value: Any) -> bool:
    """Whether it names a place or a version, and no secret that strayed there."""
    return isinstance(value, str) and PLAIN.match(value) is not None and _is_harmless(value)


@lru_cache(maxsize=256)
def _is_harmless(value: str) -> bool:
    return redact(value)[0] == value


def _trace(event: Json) -> Json:
    """What the SDK asks of an event that it is about to send, and takes out of it."""
    trace = _trace_of(event)
    told = {
        name: trace[name] for name in ("trace_id", "span_id") if TRACE.match(str(trace.get(name)))
    }
    sampling = trace.pop("dynamic_sampling_context", None)
    return {**told, "dynamic_sampling_context": sampling} if sampling else told


def _trace_of(event: Json) -> Json:
    contexts = event.get("contexts")
    trace = contexts.get("trace") if isinstance(contexts, dict) else None
    return trace if isinstance(trace, dict) else {}


def _is_check_in(event: Any) -> bool:
    return isinstance(event, dict) and event.get("type") == "check_in"


def _versions(modules: Any) -> dict[str, str]:
    """Names and versions of packages: `pyjwt: 2.10` is no token."""
    if not isinstance(modules, dict):
        return {}
    found = {
        name: version
        for name, version in modules.items()
        if VERSION.match(str(name)) and VERSION.match(str(version))
    }
    return cast(dict[str, str], found)
