"""Settings, read once from an environment. Secrets are in no repr; every problem is told at once."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import ConfigDict

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError

from .setting_groups.github import GitHubSettings
from .setting_groups.notices import NoticeSettings
from .setting_groups.repairs import RepairSettings
from .setting_groups.sentry import SentrySettings
from .setting_groups.service import ServiceSettings
from .setting_groups.telemetry import TelemetrySettings
from .setting_groups.trackers import TrackerSettings
from .setting_values import (
    READERS,
    github_problems,
    tracker_problems,
    url_problems,
    webhook_problems,
)


class BadSettings(ModuleError):
    """The settings are not usable."""

    code = "bad_settings"
    category = Category.CONFIGURATION


class Settings(
    TelemetrySettings,
    NoticeSettings,
    TrackerSettings,
    GitHubSettings,
    RepairSettings,
    ServiceSettings,
    SentrySettings,  # the last is the first in what is documented
):
    """What an operator can set."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the variables that are set and not empty.

        Raises BadSettings, with every problem and without any value.
        """
        problems: list[str] = []
        values: dict[str, Any] = {}
        for name, field in cls.model_fields.items():
            extra = field.json_schema_extra
            names = extra["env"] if isinstance(extra, dict) else []
            for variable in names if isinstance(names, list) else []:
                given = environ.get(str(variable), "").strip()
                if given and name not in values:
                    values[name] = _read(name, str(variable), given, problems)
        problems += url_problems(str(values.get("url") or ""), bool(values.get("allow_http")))
        problems += webhook_problems(values.get("slack_webhook"), values.get("slack_api"))
        problems += github_problems(values) + tracker_problems(values)
        if problems:
            raise BadSettings(
                f"{_count(problems)} cannot be used: {' '.join(problems)}",
                recovery="Correct the named environment variables; docs/configuration.md lists them.",
                details={"problems": problems},
            )
        return cls(**values)

    @property
    def org_token(self) -> bool:
        """Whether the token is an organization's, which can read no issues."""
        return self.auth_token is not None and self.auth_token.get_secret_value().startswith(
            "sntrys_"
        )

    @property
    def saas(self) -> bool:
        host = urlsplit(self.url).hostname or ""
        return host == "sentry.io" or host.endswith(".sentry.io")


def _count(problems: list[str]) -> str:
    return f"{len(problems)} setting{'' if len(problems) == 1 else 's'}"


def _read(name: str, variable: str, given: str, problems: list[str]) -> Any:
    reader = READERS.get(name)
    if reader is None:
        return given
    value, problem = reader(given)
    if problem:
        problems.append(f"{variable} {problem}.")
    return value
