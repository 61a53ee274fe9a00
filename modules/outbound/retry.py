"""When to try again: a decision, not a sleep."""

from dataclasses import dataclass
from typing import Final

RETRY_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WAIT_S: Final = 60.0


@dataclass(frozen=True)
class Failure:
    """What one attempt came to.

    `status`: the HTTP status, None where no answer came. `sent`: whether the request may have
    reached the server. `wait_s`: what the server asked for.
    """

    status: int | None
    sent: bool
    wait_s: float | None = None


def next_delay_s(
    failure: Failure, *, attempt: int, attempts: int, write: bool, jitter: float
) -> float | None:
    """Seconds to wait before the next attempt, or None to give up.

    `attempt` counts from 1; `jitter` is in [0, 1). A write is repeated only where it cannot have
    been applied: the connection failed, or the server refused it for its rate (429).
    """
    if attempt >= attempts or not _worth_it(failure, write=write):
        return None
    backoff = 0.25 * 2 ** (attempt - 1) * (1 + jitter)
    wait = backoff if failure.wait_s is None else failure.wait_s + 0.05 * jitter
    return wait if wait <= LONGEST_WAIT_S else None


def _worth_it(failure: Failure, *, write: bool) -> bool:
    if write:
        return not failure.sent or failure.status == 429
    return failure.status is None or failure.status in RETRY_STATUS
