"""The last door: what the SDK is about to send, whichever way it came here.

Sessions, check-ins, attachments and headers of envelopes pass no hook of the SDK's, and new kinds
of items may not, either. So what no hook has scrubbed is scrubbed here, and what cannot be is left
out. Source: https://develop.sentry.dev/sdk/data-model/envelopes/
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from sentry_sdk.envelope import Envelope, Item, PayloadRef
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import json_dumps

from .counters import Counters
from .hooks import FAILED, REMOVED, Clean, Hooks, Sealed
from .repeats import reason_of

Json = dict[str, Any]
Lost = Callable[[str], None]
# Whole as JSON. Profiles are not among them (large, and switched off), nor are attachments, whose
# bytes nobody can judge.
KINDS: Final = frozenset(
    ("event", "transaction", "check_in", "session", "sessions", "span", "log", "trace_metric",
     "client_report")
)  # fmt: skip
CATEGORIES: Final = {"event": "error", "trace_metric": "metric"}
# What is counted, by what the SDK calls it: as the type of an item, and where it is lost.
COUNTED: Final = {
    "event": "error", "transaction": "transaction", "check_in": "check_in", "log": "log",
    "trace_metric": "metric",
}  # fmt: skip
LOST: Final = {"log_item": "log", "trace_metric": "metric", "monitor": "check_in"}
UNCOUNTED: Final = frozenset(("internal", "log_byte", "trace_metric_byte"))
# What the SDK calls an answer of 413, and nothing else.
TOLD: Final = {"send_error": "too_large"}
UUID: Final = re.compile(r"[0-9a-f-]{32,36}\Z")
BATCHES: Final = frozenset(("span", "log", "trace_metric"))
TYPES: Final = frozenset(("string", "boolean", "integer", "double", "array"))


class _Later(PayloadRef):
    """Opened when its bytes are asked for, which the SDK does in the thread that sends."""

    def __init__(self, sealed: Sealed) -> None:
        # Of a transaction that is lost the SDK counts the spans.
        super().__init__(json=sealed if sealed.get("type") == "transaction" else None)
        self._sealed = sealed

    def get_bytes(self) -> bytes:
        if self.bytes is None:
            self.bytes = json_dumps(self._sealed.opened())
        return self.bytes


def transport_for(hooks: Hooks) -> type[HttpTransport]:
    """The SDK's own transport (its queue, its retries, its back-off) behind the door."""

    class DoorTransport(HttpTransport):
        def capture_envelope(self, envelope: Envelope) -> None:
            screened = screen(envelope, hooks)
            _count(screened.items, hooks.counters)
            if screened.items:
                super().capture_envelope(screened)

        def record_lost_event(
            self,
            reason: str,
            data_category: Any = None,
            item: Item | None = None,
            *,
            quantity: int = 1,
        ) -> None:
            super().record_lost_event(reason, data_category, item, quantity=quantity)
            category = data_category if item is None else item.data_category
            many = quantity if item is None else _quantity(item)
            _count_lost(str(category), reason_of(TOLD.get(reason, reason)), many, hooks.counters)

        def on_dropped_event(self, _reason: str) -> None:
            super().on_dropped_event(_reason)
            if _reason == "status_429":  # the SDK leaves it to Sentry to count those
                hooks.counters.dropped("envelope", _reason)

    return DoorTransport


def _count(items: Sequence[Item], counters: Counters) -> None:
    for item in items:
        if kind := COUNTED.get(str(item.type)):
            counters.captured(kind, _quantity(item))


def _count_lost(category: str, reason: str, quantity: int, counters: Counters) -> None:
    """What our hooks dropped, they have counted."""
    if reason != "before_send" and category not in UNCOUNTED:
        counters.dropped(LOST.get(category, category), reason, quantity)


def _quantity(item: Item) -> int:
    """Of the records in a batch; of anything else, one."""
    told = item.headers.get("item_count")
    return told if isinstance(told, int) and told > 0 else 1


def screen(envelope: Envelope, hooks: Hooks) -> Envelope:
    """The envelope with what may leave; it may be empty."""
    items = [safe for item in envelope.items if (safe := _item(item, hooks)) is not None]
    try:
        headers = dict(envelope.headers)
        hooks.scrubber.scrub(headers)
    except Exception:  # noqa: BLE001 - what cannot be scrubbed does not leave
        headers = {}
    return Envelope(headers=headers, items=items)


def _item(item: Item, hooks: Hooks) -> Item | None:
    kind = str(item.type)
    payload = item.payload.json
    if isinstance(payload, Clean) and not isinstance(payload, Sealed):
        return item
    category = CATEGORIES.get(kind, kind if kind in KINDS else "attachment")
    if kind not in KINDS or not isinstance(payload, dict):
        hooks.counters.dropped(category, "not scrubbed")
        return None
    try:
        safe = payload if isinstance(payload, Sealed) else _scrubbed(kind, payload, hooks)
    except Exception:  # noqa: BLE001 - what cannot be scrubbed does not leave
        hooks.counters.dropped(category, FAILED)
        return None
    ref = _Later(safe) if isinstance(safe, Sealed) else PayloadRef(json=safe)
    return Item(payload=ref, headers=item.headers)


def _scrubbed(kind: str, payload: Json, hooks: Hooks) -> Json:
    if kind == "client_report":
        return payload  # counts, with reasons of the SDK's own
    copied: Json = dict(payload)
    if kind == "event":
        return hooks.before_send(copied, {}) or {"logentry": {"formatted": REMOVED}}
    if kind in BATCHES:
        many = payload.get("items")
        return {**payload, "items": [_record(one, hooks) for one in many or ()]}
    number = copied.pop("sid", None)
    if kind == "session":
        _without_people(copied)
    hooks.scrub(copied)
    if isinstance(number, str) and UUID.match(number):
        copied["sid"] = number
    return copied


def _record(record: Json, hooks: Hooks) -> Json:
    """Its attributes are written `{"value": …, "type": …}`: the name promises the value only."""
    attributes = record.get("attributes") or {}
    types = {name: one.get("type") for name, one in attributes.items() if isinstance(one, dict)}
    plain = {
        name: one.get("value") if isinstance(one, dict) else one for name, one in attributes.items()
    }
    flat = {**record, "attributes": plain}
    hooks.scrub_record(flat)
    flat["attributes"] = {
        name: {"value": value, "type": _type(value, types.get(name))}
        for name, value in flat["attributes"].items()
    }
    return flat


def _type(value: Any, told: Any) -> str:
    return told if told in TYPES and not isinstance(value, str) else "string"


def _without_people(session: Json) -> None:
    """Sessions count without users: what identifies one is left out."""
    attributes = session.get("attrs")
    session.pop("did", None)
    if isinstance(attributes, dict):
        kept = {k: v for k, v in attributes.items() if k in ("release", "environment")}
        session["attrs"] = kept
