"""What an operator can get wrong about telemetry.

ModuleError
├── BadDsn                  configuration
├── BadTelemetryRules       configuration
├── BadTelemetryArgument    configuration
└── SdkMissing              configuration
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.framework.extras import install


class BadDsn(ModuleError):
    """SENTRY_DSN is no DSN."""

    code = "bad_dsn"
    category = Category.CONFIGURATION
    recovery = (
        "Copy the DSN from Sentry (Settings, Projects, the project, Client Keys): "
        "https://PUBLIC_KEY@HOST/PROJECT_ID. Without SENTRY_DSN nothing is sent."
    )


class BadTelemetryRules(ModuleError):
    """The rules of telemetry cannot be used."""

    code = "bad_telemetry_rules"
    category = Category.CONFIGURATION
    recovery = "Correct the rules (docs/telemetry.md, Rules of your own)."


class BadTelemetryArgument(ModuleError):
    """What a set-up of telemetry was given cannot be used."""

    code = "bad_telemetry_argument"
    category = Category.CONFIGURATION
    recovery = "Correct the call of setup_sentry, or the variable (docs/telemetry.md)."


class SdkMissing(ModuleError):
    """SENTRY_DSN is set, and sentry-sdk is not installed."""

    code = "sdk_missing"
    category = Category.CONFIGURATION
    recovery = f"Install the extra: {install('telemetry')}."
