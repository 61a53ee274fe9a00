"""What GitHub refuses, in the words of a repair: over, or to go on later."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from modules.autofix.errors import Ended, Parked
from modules.autofix.job import Outcome
from modules.autofix.ports import Clock
from modules.framework.errors import in_full
from modules.github.errors import Away, BadLogin, GitHubError, Limited, Rejected
from modules.outbound.errors import OutboundError, RedirectRefused

AWAY_S: Final = 300.0
LOGIN_S: Final = 900.0
LONGEST_S: Final = 3600.0  # a primary limit lasts an hour at most


@contextmanager
def in_words_of_a_repair(clock: Clock) -> Iterator[None]:
    """Raises Ended, Parked in the place of what GitHub and the way to it raise."""
    try:
        yield
    except Limited as error:
        wait_s = min(max(error.retry_after_s or 0.0, 1.0), LONGEST_S)
        raise _parked(error.code, error.message, wait_s, clock) from None
    except BadLogin as error:
        raise _parked(error.code, _told(error), LOGIN_S, clock) from None
    except Away as error:
        raise _parked(error.code, error.message, AWAY_S, clock) from None
    except Rejected as error:
        reason = "base_branch_missing" if "base" in error.fields else error.code
        raise Ended(Outcome.ERROR, reason, _told(error)) from None
    except GitHubError as error:
        raise Ended(Outcome.ERROR, error.code, _told(error)) from None
    except RedirectRefused:
        told = "GitHub redirects the change: the repository was renamed or moved."
        raise Ended(Outcome.ERROR, "repository_renamed", told) from None
    except OutboundError as error:
        wait_s = max(error.retry_after_s or 0.0, AWAY_S)
        told = "GitHub cannot be reached, or its answer did not come."
        raise _parked("forge_unavailable", told, wait_s, clock) from error


def _parked(reason: str, message: str, wait_s: float, clock: Clock) -> Parked:
    return Parked(reason, message, until=clock() + timedelta(seconds=wait_s))


def _told(error: GitHubError) -> str:
    return in_full(error)
