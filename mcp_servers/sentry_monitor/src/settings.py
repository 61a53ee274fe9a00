"""Settings, read once from an environment. Secrets are in no repr; every problem is told at once."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError
from modules.outbound import messages

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-f:.]{2,45}")
LOOPBACK: Final = messages.LOOPBACK
PERSONAL: Final = ("email", "ip")


class BadSettings(ModuleError):
    """The settings are not usable."""

    code = "bad_settings"
    category = Category.CONFIGURATION


def _variable(*names: str, default: Any, description: str) -> Any:
    return Field(default=default, description=description, json_schema_extra={"env": list(names)})


class Settings(BaseModel):
    """What an operator can set. The first name is the documented one, the others are aliases."""

    model_config = ConfigDict(frozen=True)

    auth_token: SecretStr | None = _variable(
        "SENTRY_AUTH_TOKEN",
        "SENTRY_ACCESS_TOKEN",
        "SENTRY_TOKEN",
        default=None,
        description="Token of a user or an internal integration. Scopes: org:read, project:read, "
        "event:read; event:write to resolve, ignore and comment.",
    )
    url: str = _variable(
        "SENTRY_URL",
        "SENTRY_BASE_URL",
        "SENTRY_HOST",
        default="https://sentry.io",
        description="Root of the Sentry or GlitchTip server.",
    )
    org: str | None = _variable(
        "SENTRY_ORG_SLUG",
        "SENTRY_ORG",
        default=None,
        description="Organization slug; may be absent where the token sees only one.",
    )
    project: str | None = _variable(
        "SENTRY_PROJECT", default=None, description="Project slug for calls that name none."
    )
    timeout_s: float = _variable(
        "SENTRY_TIMEOUT", default=30.0, description="Total time of one operation, in seconds."
    )
    retry_attempts: int = _variable(
        "SENTRY_RETRY_ATTEMPTS",
        default=3,
        description="Attempts for a read; a change is never repeated once it may have been applied.",
    )
    show_personal: frozenset[str] = _variable(
        "SENTRY_SHOW_PERSONAL_DATA",
        default=frozenset(),
        description="Comma-separated: `email`, `ip`. Left out, both are redacted.",
    )
    allow_http: bool = _variable(
        "SENTRY_ALLOW_HTTP",
        default=False,
        description="`1` lets the token travel over plain http beyond this machine.",
    )
    http_token: SecretStr | None = _variable(
        "SENTRY_MONITOR_HTTP_TOKEN",
        default=None,
        description="Bearer token, 32 characters or more, for `mcp --http`; needed beyond loopback.",
    )

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
        problems += _url_problems(str(values.get("url") or ""), bool(values.get("allow_http")))
        if problems:
            raise BadSettings(
                f"{len(problems)} setting(s) cannot be used: {' '.join(problems)}",
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


def _read(name: str, variable: str, given: str, problems: list[str]) -> Any:
    reader = _READERS.get(name)
    if reader is None:
        return given
    value, problem = reader(given)
    if problem:
        problems.append(f"{variable} {problem}.")
    return value


def _token(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[\x21-\x7e]{8,4096}", given):
        return given, ""
    return None, "must be one word of printable ASCII, 8 characters or more"


def _slug(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", given):
        return given, ""
    return None, "must be a slug: letters, digits, - and _"


def _url(given: str) -> tuple[Any, str]:
    """A bare host gets https; a pasted API root loses its path."""
    url = given if "://" in given else f"https://{given}"
    return re.sub(r"/+(api/0/?)?$", "", url), ""


def _seconds(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"\d{1,3}(\.\d+)?", given) and 1 <= float(given) <= 600:
        return float(given), ""
    return 30.0, "must be a number of seconds from 1 to 600"


def _attempts(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"\d{1,2}", given) and 1 <= int(given) <= 10:
        return int(given), ""
    return 3, "must be a whole number from 1 to 10"


def _personal(given: str) -> tuple[Any, str]:
    words = frozenset(word.strip().lower() for word in given.split(",") if word.strip())
    if words <= set(PERSONAL):
        return words, ""
    return frozenset(), f"takes a comma-separated list of: {', '.join(PERSONAL)}"


def _switch(given: str) -> tuple[Any, str]:
    if given.lower() in ("1", "true", "yes", "on"):
        return True, ""
    known = given.lower() in ("0", "false", "no", "off")
    return False, "" if known else "must be 1 or 0"


_READERS: Final = {
    "auth_token": _token,
    "url": _url,
    "org": _slug,
    "project": _slug,
    "timeout_s": _seconds,
    "retry_attempts": _attempts,
    "show_personal": _personal,
    "allow_http": _switch,
    "http_token": _token,
}


def _url_problems(url: str, allow_http: bool) -> list[str]:
    if not url:
        return []
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return ["SENTRY_URL is no URL."]
    named = host is not None and _HOST.fullmatch(host) is not None
    bare = not any(char in url for char in "?#@\\") and url.isascii() and url.isprintable()
    if parts.scheme not in ("http", "https") or not named or not bare:
        return ["SENTRY_URL must look like https://sentry.example.com."]
    if parts.scheme == "http" and host not in LOOPBACK and not allow_http:
        return [
            "SENTRY_URL uses http, which would show the token; use https or SENTRY_ALLOW_HTTP=1."
        ]
    return []
