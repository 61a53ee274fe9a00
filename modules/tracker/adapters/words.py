"""What trackers and the way to them refuse, in the words of tracked issues."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from modules.outbound.errors import BadProxy, OutboundError, RedirectRefused
from modules.tracker.errors import TrackerAway, TrackerRefused

AWAY_S: Final = 300.0
LIMITED_S: Final = 60.0  # where a limit names no time
LONGEST_S: Final = 3600.0


@contextmanager
def on_the_way_to(tracker: str, *, setting: str) -> Iterator[None]:
    """Raises TrackerAway, TrackerRefused in the place of what outbound raises. `setting` holds
    the tracker's address."""
    try:
        yield
    except RedirectRefused:
        raise TrackerRefused(
            f"{tracker} redirects to another address, where nothing was sent.",
            recovery=f"Check {setting}: it must name the place where things are now.",
        ) from None
    except BadProxy as error:
        raise TrackerRefused(error.message, recovery=error.recovery_suggestion) from None
    except OutboundError as error:
        raise away(tracker, error.retry_after_s) from error


def away(tracker: str, retry_after_s: float | None = None) -> TrackerAway:
    told = f"{tracker} cannot be reached, or its answer did not come."
    return TrackerAway(told, retry_after_s=retry_after_s or AWAY_S)


def limited(tracker: str, retry_after_s: float | None) -> TrackerAway:
    """A limit lasts an hour at most, whatever a server says by mistake."""
    wait_s = LIMITED_S if retry_after_s is None else min(max(retry_after_s, 1.0), LONGEST_S)
    return TrackerAway(f"{tracker} asks for fewer requests.", retry_after_s=wait_s)
