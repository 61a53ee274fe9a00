"""Counts of what arrived, over time."""

from typing import Final

from starlette.responses import Response

from modules.local_sentry.calls import Call, reply
from modules.local_sentry.errors import BadRequest
from modules.local_sentry.moments import moment, span_s
from modules.local_sentry.outcomes import GROUPS, Wanted, summed

_DAY: Final = 86400
_FIELDS: Final = ("sum(quantity)", "sum(times_seen)")
_OF_STAT: Final = {
    "received": [],
    "generated": ["accepted"],
    "rejected": ["rate_limited", "invalid"],
    "blacklisted": ["filtered"],
}
_RESOLUTIONS: Final = {"10s": 10, "1h": 3600, "1d": _DAY}
_MAX_BUCKETS: Final = 10_000


def get_stats(call: Call) -> Response:
    if not any(call.ask(name) for name in ("statsPeriod", "start")):
        raise BadRequest("No time range was given: statsPeriod, or start and end.")
    start, end = call.window()
    wanted = Wanted(
        start=start,
        end=end,
        step_s=_step_s(call.ask("interval") or "1h", end - start),
        group_by=_allowed(call, "groupBy", tuple(GROUPS)),
        fields=_allowed(call, "field", _FIELDS),
        filters={
            "project": [one.id for one in call.projects()],
            "category": call.ask_all("category"),
            "outcome": call.ask_all("outcome"),
            "reason": call.ask_all("reason"),
        },
    )
    return reply(summed(call.store, wanted))


def _allowed(call: Call, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(call.ask_all(name)))
    if not asked:
        raise BadRequest(f'At least one "{name}" is required.')
    for one in asked:
        if one not in allowed:
            raise BadRequest(f'Invalid {name}: "{one}"')
    return asked


def _step_s(interval: str, length: float) -> int:
    step = span_s(interval)
    if not step or step > _DAY or _DAY % step:
        raise BadRequest("The interval has to be able to divide a day.")
    if not 0 <= length / step <= _MAX_BUCKETS:
        raise BadRequest("Your interval and date range would create too many results.")
    return step


def get_project_stats(call: Call) -> Response:
    stat, resolution = call.ask("stat") or "received", call.ask("resolution") or "1h"
    if stat not in _OF_STAT:
        raise BadRequest(f"Invalid stat: {stat}")
    if resolution not in _RESOLUTIONS:
        raise BadRequest("Invalid resolution")
    until = _moment(call, "until", call.now)
    wanted = Wanted(
        start=_moment(call, "since", until - _DAY),
        end=until,
        step_s=_step_s(resolution, until - _moment(call, "since", until - _DAY)),
        group_by=("category",),
        fields=("sum(quantity)",),
        filters={"project": [call.project().id], "category": ["error"], "outcome": _OF_STAT[stat]},
    )
    return reply(_line(call, wanted))


def _line(call: Call, wanted: Wanted) -> list[list[int]]:
    groups = summed(call.store, wanted)["groups"]
    counts = groups[0]["series"]["sum(quantity)"] if groups else []
    buckets = wanted.buckets()
    return [list(pair) for pair in zip(buckets, counts or [0] * len(buckets), strict=True)]


def _moment(call: Call, name: str, otherwise: float) -> float:
    text = call.ask(name)
    found = moment(text) if text else otherwise
    if found is None:
        raise BadRequest(f"Invalid {name}")
    return found
