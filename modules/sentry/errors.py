"""What Sentry refuses, and what to do about it.

SentryError
├── Unauthorized       authentication   the token is missing, wrong or expired
│   └── OrganizationToken
├── Forbidden          permission       the token lacks a scope, or the organization forbids it
├── NotFound           not_found        no such thing, or the token cannot see it
├── NotAReference      validation       what was given names no issue
│   └── NotAnEvent     validation       what was given names no event
├── ForeignHost        validation       a URL of another server
├── Rejected           validation       Sentry refuses the values
├── Conflict           conflict
├── RateLimited        rate_limit       Sentry asks for fewer requests
├── QuotaExceeded      rate_limit       the plan's quota is used up
├── UpstreamFailure    upstream         Sentry failed (5xx)
├── BadAnswer          upstream         an answer that is not what the API documents
├── Retired            unsupported      the endpoint is gone (410)
├── Unsupported        unsupported      this server lacks it
├── MissingToken       configuration
└── NoOrganization     configuration    none given, and none can be chosen
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class SentryError(ModuleError):
    """Sentry did not do what was asked."""


class Unauthorized(SentryError):
    """The server does not accept the token."""

    code = "unauthorized"
    category = Category.AUTHENTICATION
    recovery = (
        "Set SENTRY_AUTH_TOKEN to a valid token of this server (user settings > personal tokens, "
        "or an internal integration) and check that SENTRY_URL names the same server."
    )


class OrganizationToken(Unauthorized):
    """The server does not accept the token, which is an organization's."""

    recovery = (
        "Organization tokens (sntrys_…) cannot read issues: set SENTRY_AUTH_TOKEN to a personal "
        "or internal-integration token of the server in SENTRY_URL."
    )


class Forbidden(SentryError):
    """The token may not do this."""

    code = "forbidden"
    category = Category.PERMISSION
    recovery = "check-connection shows which scopes the token has and which operations lack one."


class NotFound(SentryError):
    """There is no such thing, or this token cannot see it."""

    code = "not_found"
    category = Category.NOT_FOUND
    recovery = (
        "Check the id and SENTRY_ORG_SLUG; get-recent-issues lists issues, list-projects projects."
    )


class NotAReference(SentryError):
    """This names no issue."""

    code = "not_an_issue"
    category = Category.VALIDATION
    recovery = (
        "Give a numeric id (4815162342), a short id (SHOP-1A) or an issue URL; "
        "get-recent-issues lists them."
    )


class NotAnEvent(NotAReference):
    """This names no event."""

    code = "not_an_event"


class ForeignHost(SentryError):
    """The URL belongs to another server."""

    code = "foreign_host"
    category = Category.VALIDATION
    recovery = "Give an issue of the server in SENTRY_URL, or change SENTRY_URL."


class Rejected(SentryError):
    """Sentry refuses the values."""

    code = "rejected"
    category = Category.VALIDATION
    recovery = "Correct the values; the operation's description lists what is allowed."


class Conflict(SentryError):
    """It conflicts with what is there."""

    code = "conflict"
    category = Category.CONFLICT
    recovery = "Read the present state with get-issue-details, then decide."


class RateLimited(SentryError):
    """Sentry asks for fewer requests."""

    code = "rate_limited"
    category = Category.RATE_LIMIT
    retryable = True
    recovery = "Wait as long as retry_after_seconds says, then repeat the call."


class QuotaExceeded(SentryError):
    """The organization's quota for this is used up."""

    code = "quota_exceeded"
    category = Category.RATE_LIMIT
    recovery = "Ask an owner of the Sentry organization about its plan."


class UpstreamFailure(SentryError):
    """Sentry failed."""

    code = "upstream_failure"
    category = Category.UPSTREAM
    retryable = True
    recovery = "Try again in a minute; see status.sentry.io, or the logs of a self-hosted server."


class BadAnswer(SentryError):
    """The answer is not what Sentry's API documents."""

    code = "bad_answer"
    category = Category.UPSTREAM
    recovery = (
        "Check that SENTRY_URL is the root of a Sentry server, and what proxies stand before it; "
        "check-connection tells what answers there."
    )


class Retired(SentryError):
    """The server has retired this endpoint."""

    code = "retired"
    category = Category.UNSUPPORTED
    retryable = True
    recovery = (
        "Try again in five minutes: retired endpoints fail for minutes before they go for good. "
        "If it stays, update sentry-monitor."
    )


class Unsupported(SentryError):
    """This server lacks what the operation needs."""

    code = "unsupported"
    category = Category.UNSUPPORTED
    recovery = (
        "Use another operation: check-connection lists what this server lacks, and whether "
        "SENTRY_URL is the root of a Sentry server at all."
    )


class MissingToken(SentryError):
    """No token is set."""

    code = "missing_token"
    category = Category.CONFIGURATION
    recovery = (
        "Set SENTRY_AUTH_TOKEN to a personal or internal-integration token with the scopes "
        "org:read, project:read, event:read (and event:write to resolve, ignore or comment)."
    )


class NoOrganization(SentryError):
    """No organization is set, and none can be chosen."""

    code = "no_organization"
    category = Category.CONFIGURATION
    recovery = "Set SENTRY_ORG_SLUG to the organization's slug, as in its URL."
