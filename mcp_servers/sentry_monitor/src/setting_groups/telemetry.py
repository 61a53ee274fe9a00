"""What is reported to Sentry about ourselves, and what a project there should be like."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class TelemetrySettings(BaseModel):
    """What is reported to Sentry about ourselves, and what a project there should be like."""

    statistics_interval_ms: int = variable(
        "SENTRY_STATISTICS_INTERVAL_MS",
        default=300_000,
        description="How often `serve` reads error statistics of the mapped projects for `/metrics` "
        "and the first page, in milliseconds, 10000 or more; `0` never.",
    )
    alert_rules_file: str | None = variable(
        "SENTRY_ALERT_RULES_FILE",
        default=None,
        description="TOML file of the alert rules that a project should have "
        "(docs/alert-rules.md); the built-in ones if not set.",
    )
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
