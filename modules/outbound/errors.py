"""What can go wrong on the way out of the process.

OutboundError
├── Unreachable        network    no connection, or it broke
├── BadProxy           configuration the environment names a proxy that is none
├── DeadlineExceeded   timeout    the time for the call is over
├── TooLarge           upstream   the answer is over the cap
├── BadEncoding        upstream   the answer cannot be decompressed
├── RedirectRefused    upstream   the server points elsewhere; nothing was sent there
├── HeldBack           rate_limit a pause the server asked for outlasts the call
└── OutcomeUnknown     timeout    a write was sent and its answer never came
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class OutboundError(ModuleError):
    """A request did not bring an answer."""


class Unreachable(OutboundError):
    """The server cannot be reached."""

    code = "unreachable"
    category = Category.NETWORK
    retryable = True
    recovery = "Check SENTRY_URL, the network and the proxy settings, then try again."


class DeadlineExceeded(OutboundError):
    """The server did not answer in time."""

    code = "deadline_exceeded"
    category = Category.TIMEOUT
    retryable = True
    recovery = "Try again, ask for less (limit, period), or raise SENTRY_TIMEOUT (seconds)."


class BadProxy(OutboundError):
    """A proxy variable of the environment cannot be used."""

    code = "bad_proxy"
    category = Category.CONFIGURATION
    recovery = (
        "Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY (http://host:port), or name the server in "
        "NO_PROXY."
    )


class TooLarge(OutboundError):
    """The server's answer is over the size cap."""

    code = "answer_too_large"
    category = Category.UPSTREAM
    recovery = "Ask for less: a smaller limit, a shorter period, or one event by its event_id."


class BadEncoding(OutboundError):
    """The server's answer cannot be decompressed."""

    code = "bad_encoding"
    category = Category.UPSTREAM
    retryable = True
    recovery = "Try again; if it stays, check what stands between here and SENTRY_URL."


class RedirectRefused(OutboundError):
    """The server redirects to another address; the token is not sent there."""

    code = "redirect_refused"
    category = Category.UPSTREAM
    recovery = "Set SENTRY_URL to the address that serves the API, if you trust it."


class HeldBack(OutboundError):
    """The server asked for a pause that lasts longer than this call may; nothing was sent."""

    code = "rate_limited"
    category = Category.RATE_LIMIT
    retryable = True
    recovery = "Wait as long as retry_after_seconds says, then repeat the call."


class OutcomeUnknown(OutboundError):
    """A change was sent and its answer never came: it may or may not have been applied."""

    code = "outcome_unknown"
    category = Category.TIMEOUT
    recovery = "Look with get-issue-details before you repeat it."
