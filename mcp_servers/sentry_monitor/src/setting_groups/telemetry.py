"""What is reported to Sentry about ourselves, and what a project there should be like."""

from pydantic import BaseModel

from .variable import variable


class TelemetrySettings(BaseModel):
    """What is reported to Sentry about ourselves, and what a project there should be like."""

    alert_rules_file: str | None = variable(
        "SENTRY_ALERT_RULES_FILE",
        default=None,
        description="TOML file of the alert rules that a project should have "
        "(docs/alert-rules.md); the built-in ones if not set.",
    )
