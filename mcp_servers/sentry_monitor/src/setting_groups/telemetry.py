"""What is reported to Sentry about ourselves, and what a project there should be like."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class TelemetrySettings(BaseModel):
    """What is reported to Sentry about ourselves, and what a project there should be like."""

    dsn: SecretStr | None = variable(
        "SENTRY_DSN",
        default=None,
        description="Where `serve` and `worker` report their own errors to, scrubbed, and what "
        "`verify-telemetry` tries; needs the extra `telemetry` (docs/telemetry.md).",
    )
    environment: str = variable(
        "SENTRY_ENVIRONMENT",
        default="production",
        description="The environment that is reported with them.",
    )
    release: str | None = variable(
        "SENTRY_RELEASE",
        default=None,
        description="The release that is reported with them.",
    )
