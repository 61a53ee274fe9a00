"""Where Sentry is, and who asks."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class SentrySettings(BaseModel):
    """Where Sentry is, and who asks."""

    auth_token: SecretStr | None = variable(
        "SENTRY_AUTH_TOKEN",
        "SENTRY_ACCESS_TOKEN",
        "SENTRY_TOKEN",
        default=None,
        description="Token of a user or an internal integration. Scopes: org:read, project:read, "
        "event:read; event:write to resolve, ignore and comment.",
    )
    url: str = variable(
        "SENTRY_URL",
        "SENTRY_BASE_URL",
        "SENTRY_HOST",
        default="https://sentry.io",
        description="Root of the Sentry or GlitchTip server.",
    )
    org: str | None = variable(
        "SENTRY_ORG_SLUG",
        "SENTRY_ORG",
        default=None,
        description="Organization slug; may be absent where the token sees only one.",
    )
    project: str | None = variable(
        "SENTRY_PROJECT", default=None, description="Project slug for calls that name none."
    )
    timeout_s: float = variable(
        "SENTRY_TIMEOUT", default=30.0, description="Total time of one operation, in seconds."
    )
    retry_attempts: int = variable(
        "SENTRY_RETRY_ATTEMPTS",
        default=3,
        description="Attempts for a read; a change is never repeated once it may have been applied.",
    )
    show_personal: frozenset[str] = variable(
        "SENTRY_SHOW_PERSONAL_DATA",
        default=frozenset(),
        description="Comma-separated: `email`, `ip`. Left out, both are redacted.",
    )
    allow_http: bool = variable(
        "SENTRY_ALLOW_HTTP",
        default=False,
        description="`1` lets the token travel over plain http beyond this machine.",
    )
    ca_file: str | None = variable(
        "SSL_CERT_FILE",
        default=None,
        description="File with the certificate authorities to trust; git is told of it, too.",
    )
