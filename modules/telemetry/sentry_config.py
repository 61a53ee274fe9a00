"""Set Sentry's SDK up so that errors arrive clean and grouped: one import for an application.

    from modules.telemetry.sentry_config import setup_sentry

    setup_sentry()  # SENTRY_DSN, SENTRY_ENVIRONMENT, SENTRY_RELEASE, SENTRY_DEBUG

The SDK keeps its own queue (bounded), retries and back-off. docs/telemetry.md is the guide.
"""

import logging
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import sentry_sdk
from opentelemetry.trace import format_span_id, format_trace_id, get_current_span
from prometheus_client import CollectorRegistry
from sentry_sdk.scope import register_external_propagation_context

from .counters import Counters
from .dsn import read_dsn
from .errors import BadTelemetryRules
from .hooks import Hooks, Own
from .outgoing import transport_for
from .people import People
from .rules import Rules, from_table

Level = Literal["fatal", "critical", "error", "warning", "info", "debug"]
DEFAULT_ENVIRONMENT: Final = "production"
TRUE: Final = frozenset(("1", "true", "yes", "on"))
logger: Final = logging.getLogger(__name__)


def setup_sentry(
    *,
    environ: Mapping[str, str] | None = None,
    sample_rate: float = 1.0,
    traces_sample_rate: float | None = None,
    enable_logs: bool = False,
    rules: Rules | str | Path | Mapping[str, Any] | None = None,
    people: People | None = None,
    registry: CollectorRegistry | None = None,
    opentelemetry: bool = False,
    local_variables: bool = True,
    integrations: Sequence[sentry_sdk.integrations.Integration] = (),
    before_send: Own | None = None,
) -> bool:
    """Set the SDK up from the environment; whether there is a SENTRY_DSN, without which nothing
    happens and nothing is said.

    `sample_rate` and `traces_sample_rate`: the share of errors and of transactions that is sent,
    0 to 1. `rules`: a TOML file or the same as values (`[[group]]`, `[[drop]]`). `registry`: where
    Prometheus finds the counters. `opentelemetry`: errors carry the trace and span of OpenTelemetry.
    `local_variables`: frames come with them, scrubbed.
    `before_send`: the application's own hook; it runs before the scrubbing.

    Starlette, FastAPI, Flask, Django and Celery are found by the SDK. Raises BadDsn and
    BadTelemetryRules; then nothing was set up. Source: https://docs.sentry.io/platforms/python/configuration/options/
    """
    known = os.environ if environ is None else environ
    dsn = known.get("SENTRY_DSN", "").strip()
    if not dsn:
        return False
    read_dsn(dsn)
    policy = people or People()
    read = read_rules(rules)
    # The transport that opens what is sealed is set below, and cannot be another.
    hooks = Hooks(rules=read, people=policy, own=before_send, counters=Counters(), later=True)
    environment = known.get("SENTRY_ENVIRONMENT", "").strip() or DEFAULT_ENVIRONMENT
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=known.get("SENTRY_RELEASE", "").strip() or None,
        debug=known.get("SENTRY_DEBUG", "").strip().lower() in TRUE,
        sample_rate=sample_rate,
        traces_sample_rate=traces_sample_rate,
        enable_logs=enable_logs,
        include_local_variables=local_variables,
        integrations=list(integrations),
        # Tells the address of who asks, which `people` then keeps, shortens or drops.
        send_default_pii=policy.address != "drop",
        spotlight=False,  # would be sent what never passed the door
        **options_of(hooks),
    )
    if registry is not None:
        hooks.counters.register(registry)
    if opentelemetry:
        register_external_propagation_context(_current_span)
    logger.info("Sentry initialized for environment: %s", environment)
    return True


def options_of(hooks: Hooks) -> dict[str, Any]:
    """The options of the SDK by which everything goes through these hooks."""
    return {
        "before_send": hooks.before_send,
        "before_send_transaction": hooks.before_send_transaction,
        "before_send_log": hooks.before_send_log,
        "before_send_metric": hooks.before_send_metric,
        "transport": transport_for(hooks),
    }


def capture_exception(
    error: BaseException,
    tags: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> str | None:
    """Report an error that was caught; the id of its event, None where none was sent."""
    with sentry_sdk.new_scope() as scope:
        _describe(scope, tags, extra)
        return sentry_sdk.capture_exception(error)


def capture_message(
    message: str,
    level: Level = "info",
    tags: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> str | None:
    """Report a message; the id of its event, None where none was sent."""
    with sentry_sdk.new_scope() as scope:
        _describe(scope, tags, extra)
        return sentry_sdk.capture_message(message, level=level)


def add_breadcrumb(
    message: str,
    category: str = "default",
    level: Level = "info",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note what happened, for whatever is reported after it."""
    sentry_sdk.add_breadcrumb(
        message=message, category=category, level=level, data=dict(data or {})
    )


def before_send_hook(event: Any, hint: Any) -> Any:
    """The hook with the built-in rules, for those who call `sentry_sdk.init` themselves. It sees
    errors and messages only; `setup_sentry` covers transactions, logs and the rest as well."""
    return _DEFAULT.before_send(event, hint)


def read_rules(given: Rules | str | Path | Mapping[str, Any] | None) -> Rules:
    """Raises BadTelemetryRules, which names the field."""
    if given is None:
        return Rules()
    if isinstance(given, Rules):
        return given
    if isinstance(given, Mapping):
        return from_table(given)
    try:
        return from_table(tomllib.loads(Path(given).expanduser().read_text(encoding="utf-8")))
    except OSError as error:
        told = f"The rules {str(given)!r} cannot be read: {error.strerror}."
        raise BadTelemetryRules(told) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTelemetryRules(f"The rules {str(given)!r} are no TOML: {error}.") from None


def _describe(
    scope: sentry_sdk.Scope, tags: Mapping[str, str] | None, extra: Mapping[str, Any] | None
) -> None:
    for name, value in (tags or {}).items():
        scope.set_tag(name, value)
    for name, value in (extra or {}).items():
        scope.set_extra(name, value)


def _current_span() -> tuple[str, str] | None:
    context = get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


_DEFAULT: Final = Hooks()
