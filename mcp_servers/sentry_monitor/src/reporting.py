"""Our own errors to Sentry, where the settings say so; and the trial whether they arrive."""

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from modules.telemetry.dsn import read_dsn
from modules.telemetry.errors import SdkMissing
from modules.telemetry.trial import NoDsn, Telemetry

from .settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from modules.telemetry.trial import Sent

SDK: Final = "sentry_sdk"
logger: Final = logging.getLogger(__name__)


def report_errors(settings: Settings, registry: "CollectorRegistry | None" = None) -> bool:
    """Of a program that runs long; whether any are reported, which `registry` then counts.
    Raises BadDsn.

    A service does its work without the extra, too: that is told and ends nothing.
    """
    if settings.dsn is None:
        return False
    from modules.telemetry.sentry_config import setup_sentry

    known = _variables(settings)
    try:
        return setup_sentry(environ=known, local_variables=False, registry=registry)
    except SdkMissing as missing:
        logger.warning("SENTRY_DSN is set, and errors are not reported: %s", missing.recovery)
        return False


def telemetry(settings: Settings) -> Telemetry:
    """Raises NoDsn, BadDsn, SdkMissing."""
    if settings.dsn is None:
        raise NoDsn
    value = settings.dsn.get_secret_value()
    dsn = read_dsn(value)
    try:
        from modules.telemetry.sending import send_trial
    except ModuleNotFoundError as missing:
        if missing.name != SDK:
            raise
        raise SdkMissing from None

    async def send(marker: str, environment: str, within_s: float) -> "Sent":
        trial = partial(send_trial, value, marker=marker, within_s=within_s)
        where = {"environment": environment, "release": settings.release}
        return await asyncio.to_thread(trial, **where)

    return Telemetry(dsn, settings.environment, send)


def _variables(settings: Settings) -> dict[str, str]:
    known = settings.dsn.get_secret_value() if settings.dsn else ""
    return {
        "SENTRY_DSN": known,
        "SENTRY_ENVIRONMENT": settings.environment,
        "SENTRY_RELEASE": settings.release or "",
    }
