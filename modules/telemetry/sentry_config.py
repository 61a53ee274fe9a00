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
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from .counters import counters_for
from .dsn import read_dsn
from .errors import BadTelemetryArgument, BadTelemetryRules, SdkMissing
from .hooks import Hooks, Own
from .people import People
from .rules import Rules, from_table

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from sentry_sdk import Scope
    from sentry_sdk.integrations import Integration

Level = Literal["fatal", "critical", "error", "warning", "info", "debug"]
DEFAULT_ENVIRONMENT: Final = "production"
TRUE: Final = frozenset(("1", "true", "t", "yes", "y", "on"))
FALSE: Final = frozenset(("", "0", "false", "f", "no", "n", "off"))
SDK: Final = "sentry_sdk"
# More than `scrubbing` keeps, so that it is cut where no secret is torn.
LONGEST_VALUE: Final = 100_000
logger: Final = logging.getLogger(__name__)


def setup_sentry(
    *,
    environ: Mapping[str, str] | None = None,
    sample_rate: float = 1.0,
    traces_sample_rate: float | None = None,
    enable_logs: bool = False,
    rules: Rules | str | Path | Mapping[str, Any] | None = None,
    people: People | None = None,
    registry: "CollectorRegistry | None" = None,
    opentelemetry: bool = False,
    local_variables: bool = True,
    integrations: "Sequence[Integration]" = (),
    before_send: Own | None = None,
) -> bool:
    """Set the SDK up from the environment; whether there is a SENTRY_DSN, without which nothing
    happens and nothing is said, but of rules and arguments that cannot be used. What was set up
    before then stays: `sentry_sdk.get_client().close()` ends it.

    `sample_rate` and `traces_sample_rate`: the share of errors and of transactions that is sent,
    0 to 1. `rules`: a TOML file or the same as values (`[[group]]`, `[[drop]]`). `registry`: where
    Prometheus finds the counters. `opentelemetry`: errors carry the trace and span of OpenTelemetry.
    `local_variables`: frames come with them, scrubbed.
    `before_send`: the application's own hook; it runs before the scrubbing.

    Starlette, FastAPI, Flask, Django and Celery are found by the SDK. Raises BadDsn,
    BadTelemetryRules, BadTelemetryArgument, and SdkMissing where there is a DSN and no sentry-sdk;
    then nothing was set up. Source: https://docs.sentry.io/platforms/python/configuration/options/
    """
    known = os.environ if environ is None else environ
    shares = {"sample_rate": sample_rate, "traces_sample_rate": traces_sample_rate}
    _check_shares(shares)
    debug = _switched("SENTRY_DEBUG", known)
    read = read_rules(rules)
    dsn = known.get("SENTRY_DSN", "").strip()
    if not dsn:
        return False
    read_dsn(dsn)
    sdk = _sdk()
    if sdk is None:
        raise SdkMissing
    from .addresses import options_for
    from .linking import linked, switch_links
    from .repeats import Repeats

    policy = people or People()
    # The transport that opens what is sealed is set below, and cannot be another.
    hooks = Hooks(
        rules=read,
        people=policy,
        own=linked(before_send) if opentelemetry else before_send,
        counters=counters_for(registry),
        later=True,
    )
    switch_links(on=opentelemetry)
    environment = known.get("SENTRY_ENVIRONMENT", "").strip() or DEFAULT_ENVIRONMENT
    sdk.init(
        dsn=dsn,
        environment=environment,
        release=known.get("SENTRY_RELEASE", "").strip() or None,
        debug=debug,
        **shares,
        enable_logs=enable_logs,
        include_local_variables=local_variables,
        max_value_length=LONGEST_VALUE,
        spotlight=False,  # would be sent what never passed the door
        **options_for(policy, [Repeats(), *integrations]),
        **options_of(hooks),
    )
    logger.info("Sentry initialized for environment: %s", environment)
    return True


def options_of(hooks: Hooks) -> dict[str, Any]:
    """The options of the SDK by which everything goes through these hooks."""
    from .outgoing import transport_for

    return {
        "before_send": hooks.before_send,
        "before_send_transaction": hooks.before_send_transaction,
        "before_send_log": hooks.before_send_log,
        "before_send_metric": hooks.before_send_metric,
        "before_breadcrumb": hooks.before_breadcrumb,
        "transport": transport_for(hooks),
    }


def capture_exception(
    error: BaseException,
    tags: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> str | None:
    """Report an error that was caught; the id of its event, None where none was sent."""
    sdk = _sdk()
    if sdk is None:
        return None
    with sdk.new_scope() as scope:
        _describe(scope, tags, extra)
        number: str | None = sdk.capture_exception(error)
        return number


def capture_message(
    message: str,
    level: Level = "info",
    tags: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> str | None:
    """Report a message; the id of its event, None where none was sent. Raises
    BadTelemetryArgument."""
    _check_level(level)
    sdk = _sdk()
    if sdk is None:
        return None
    with sdk.new_scope() as scope:
        _describe(scope, tags, extra)
        number: str | None = sdk.capture_message(message, level=level)
        return number


def add_breadcrumb(
    message: str,
    category: str = "default",
    level: Level = "info",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Note what happened, for whatever is reported after it. Raises BadTelemetryArgument."""
    _check_level(level)
    if sdk := _sdk():
        sdk.add_breadcrumb(message=message, category=category, level=level, data=dict(data or {}))


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


def _sdk() -> Any:
    """None where the extra is not installed: then nobody reports, and nothing is to be done."""
    try:
        import sentry_sdk
    except ModuleNotFoundError as missing:
        if missing.name != SDK:
            raise
        return None
    return sentry_sdk


def _check_shares(shares: Mapping[str, float | None]) -> None:
    for name, share in shares.items():
        if share is None and name != "sample_rate":
            continue
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            raise BadTelemetryArgument(f"{name} must be a number from 0 to 1.")


def _switched(name: str, known: Mapping[str, str]) -> bool:
    told = known.get(name, "").strip().lower()
    if told not in TRUE | FALSE:
        raise BadTelemetryArgument(f"{name} must be true or false.")
    return told in TRUE


def _check_level(level: str) -> None:
    if level not in get_args(Level):
        raise BadTelemetryArgument(f"level must be one of {', '.join(get_args(Level))}.")


def _describe(
    scope: "Scope", tags: Mapping[str, str] | None, extra: Mapping[str, Any] | None
) -> None:
    for name, value in (tags or {}).items():
        scope.set_tag(name, value)
    for name, value in (extra or {}).items():
        scope.set_extra(name, value)


_DEFAULT: Final = Hooks()
