"""What the hook costs an application: events with traces of 100 frames."""

import copy
import json
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modules.telemetry.hooks import Hooks

from .figures import Figure, slowness

FRAMES, WARM, EVENTS = 100, 20, 200
SPANS, TRANSACTIONS = 1000, 5
SOURCE = Path(__file__).parents[1] / "modules"
Json = dict[str, Any]


async def telemetry() -> list[Figure]:
    """An application fails where it failed before, with other values each time."""
    lines = _lines()
    hooks = Hooks(later=True)  # as setup_sentry has it
    # One at a time: two hundred at once would be more for the collector than the hook itself.
    both = [_took_ms(hooks.before_send, an_event(lines, number)) for number in range(WARM + EVENTS)]
    took, behind = zip(*both, strict=True)
    floor = statistics.median([_copied_ms(an_event(lines, number)) for number in range(WARM)])
    slow = slowness()
    usual = statistics.median(took[WARM:]) / slow
    first = took[0] / slow
    later = statistics.median(behind[WARM:]) / slow
    spans = {name: _transactions_ms(text) for name, text in TEXTS.items()}
    what = "telemetry, 100 frames, all values new"
    return [
        Figure(f"{what}: the hook, for which the application waits", usual, "ms", 1.0),
        Figure("  the first event of a process", first, "ms"),
        Figure("  scrubbing, in the thread that sends (floor: a copy)", later, "ms", floor=floor),
        *[
            figure
            for name, (hook, rest) in spans.items()
            for figure in (
                Figure(f"telemetry, {SPANS:,} spans, {name}: the hook", hook / slow, "ms", 2.0),
                Figure("  scrubbing, in the thread that sends", rest / slow, "ms", 400.0),
            )
        ],
    ]


def an_event(lines: list[str], number: int) -> Json:
    """As the SDK hands it to the hook: JSON, 100 frames with 11 lines of source and 6 variables."""
    dice = random.Random(number)  # noqa: S311 - values that differ
    event = {
        "event_id": f"{number:032x}",
        "level": "error",
        "transaction": "/orders/{order}",
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "module": "shop.orders",
                    "value": f"order {dice.randrange(10**6)} has no lines",
                    "stacktrace": {"frames": [_frame(lines, at, dice) for at in range(FRAMES)]},
                }
            ]
        },
        "breadcrumbs": {"values": [_crumb(at, dice) for at in range(30)]},
        "request": {
            "url": "http://shop.example/orders/7",
            "headers": {"Authorization": "Bearer abc", "Cookie": "id=1", "User-Agent": "Mozilla"},
            "data": {"note": f"customer {dice.randrange(10**6)}", "password": "[Filtered]"},
        },
    }
    made: Json = json.loads(json.dumps(event))  # no two strings of it are one object
    return made


# What makes work in spans: hosts without names, people in keys of caches, tokens in queries.
TEXTS = {
    "nothing found": "SELECT {}",
    "addresses": "GET http://10.0.0.5:9200/orders/{}",
    "mailboxes": "GET user:jane{}@shop.example",
    "tokens": "GET /orders?token=abc{}",
}


def a_transaction(text: str, number: int) -> Json:
    """All of its texts new."""
    told = [text.format(number * SPANS + at) for at in range(SPANS)]
    return {
        "type": "transaction",
        "event_id": f"{number:032x}",
        "transaction": "/orders/{order}",
        "start_timestamp": "2026-01-01T00:00:00.000000Z",
        "timestamp": "2026-01-01T00:00:01.000000Z",
        "contexts": {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16}},
        "spans": [
            {"span_id": f"{at:016x}", "op": "http.client", "description": one, "data": {"url": one}}
            for at, one in enumerate(told)
        ],
    }


def _transactions_ms(text: str) -> tuple[float, float]:
    hooks = Hooks(later=True)
    made = [a_transaction(text, number) for number in range(TRANSACTIONS)]
    took, behind = zip(*[_took_ms(hooks.before_send_transaction, one) for one in made], strict=True)
    return statistics.median(took), statistics.median(behind)


def _frame(lines: list[str], at: int, dice: random.Random) -> Json:
    start = at * 11
    return {
        "filename": f"shop/part{at}.py",
        "abs_path": f"/srv/shop/part{at}.py",
        "function": f"step_{at}",
        "module": f"shop.part{at}",
        "lineno": start,
        "in_app": True,
        "pre_context": lines[start : start + 5],
        "context_line": lines[start + 5],
        "post_context": lines[start + 6 : start + 11],
        "vars": {
            "self": f"<shop.Order object at 0x7f{dice.randrange(16**10):010x}>",
            "order": str(dice.randrange(10**6)),
            "name": f"'customer {dice.randrange(10**6)}'",
            "total": f"Decimal('{dice.randrange(10**5) / 100}')",
            "rows": [f"'row {dice.randrange(10**4)}'", "'row 1'"],
            "done": "False",
        },
    }


def _crumb(at: int, dice: random.Random) -> Json:
    return {
        "type": "http",
        "category": "httplib",
        "message": f"GET /stock/{dice.randrange(10**4)}",
        "data": {"url": f"http://stock.example/items/{at}", "status_code": 200},
    }


def _lines() -> list[str]:
    """Real source, so that words in it need the looks that real words need."""
    found: list[str] = []
    for file in sorted(SOURCE.glob("sentry/*.py")):
        found += file.read_text(encoding="utf-8").splitlines()
    return found[: FRAMES * 11]


def _took_ms(hook: Callable[[Json, Json], Any], event: Json) -> tuple[float, float]:
    """Of the hook, and of what is done behind it."""
    started = time.thread_time()  # it waits for nothing
    sealed = hook(event, {})
    hooked = time.thread_time()
    sealed.opened()
    return (hooked - started) * 1000, (time.thread_time() - hooked) * 1000


def _copied_ms(event: Json) -> float:
    """The floor: one look at everything, which a copy of it is."""
    started = time.thread_time()
    copy.deepcopy(event)
    return (time.thread_time() - started) * 1000
