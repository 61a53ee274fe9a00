"""What is reported to Sentry about ourselves, and what a project there should be like."""

from pydantic import BaseModel


class TelemetrySettings(BaseModel):
    """What is reported to Sentry about ourselves, and what a project there should be like."""
