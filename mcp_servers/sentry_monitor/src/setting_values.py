"""How the text of a variable becomes a setting: `reader(text) -> (value, problem)`."""

import re
import shlex
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from modules.outbound import messages

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-f:.]{2,45}")
LOOPBACK: Final = messages.LOOPBACK
PERSONAL: Final = ("email", "ip")
BEARER_FORM: Final = (
    "must be one word of printable ASCII, 32 characters or more: openssl rand -hex 24"
)
MODEL_FORM: Final = "must look like https://api.example.com"
URL_FORM: Final = "must look like https://sentry.example.com"


def _token(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[\x21-\x7e]{8,4096}", given):
        return given, ""
    return None, "must be one word of printable ASCII, 8 characters or more"


def _bearer(given: str) -> tuple[Any, str]:
    """What guards an open port is longer than what somebody types."""
    return (given, "") if re.fullmatch(r"[\x21-\x7e]{32,4096}", given) else (None, BEARER_FORM)


def _slug(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", given):
        return given, ""
    return None, "must be a slug: letters, digits, - and _"


def _url(given: str) -> tuple[Any, str]:
    """A bare host gets https; a pasted API root loses its path. A bare word is no host: whoever
    means one in a local network says so by its scheme."""
    host = re.split(r"[:/]", given, maxsplit=1)[0]
    if "://" not in given and "." not in host and host not in LOOPBACK:
        return None, URL_FORM
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


def _whole(least: int, most: int) -> Callable[[str], tuple[Any, str]]:
    def read(given: str) -> tuple[Any, str]:
        if re.fullmatch(r"\d{1,6}", given) and least <= int(given) <= most:
            return int(given), ""
        return least, f"must be a whole number from {least} to {most}"

    return read


def _dollars(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"\d{1,6}(\.\d{1,4})?", given):
        return float(given), ""
    return 0.0, "must be an amount in US dollars, such as 20"


def _database(given: str) -> tuple[Any, str]:
    if re.match(r"postgres(ql)?://\S+\Z", given):
        return given.replace("postgres://", "postgresql://", 1), ""
    return None, "must look like postgresql://user@host/database; SQLite is SENTRY_DB_PATH"


def _sandbox(given: str) -> tuple[Any, str]:
    known = ("auto", "bubblewrap", "container", "none")
    return (given, "") if given in known else ("auto", f"must be one of: {', '.join(known)}")


def _model_url(given: str) -> tuple[Any, str]:
    """The key travels there."""
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None, MODEL_FORM
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not safe or not host or parts.username or parts.query or parts.fragment:
        return None, MODEL_FORM
    return given.rstrip("/"), ""


def _command(given: str) -> tuple[Any, str]:
    try:
        words = shlex.split(given)
    except ValueError:
        words = []
    return given, "" if words else "must be a command line whose quotes close"


READERS: Final = {
    "auth_token": _token,
    "url": _url,
    "org": _slug,
    "project": _slug,
    "timeout_s": _seconds,
    "retry_attempts": _attempts,
    "show_personal": _personal,
    "allow_http": _switch,
    "http_token": _bearer,
    "fixer_enabled": _switch,
    "fixer_run_tests": _switch,
    "fixer_agent": _command,
    "fixer_test_command": _command,
    "fixer_max_retries": _whole(0, 10),
    "fixer_rate_limit_minutes": _whole(0, 100_000),
    "fixer_dedup_minutes": _whole(0, 100_000),
    "fixer_usd_a_day": _dollars,
    "fixer_runs_a_day": _whole(0, 100_000),
    "database_url": _database,
    "fixer_sandbox": _sandbox,
    "anthropic_key": _token,
    "claude_token": _token,
    "anthropic_url": _model_url,
    "openai_key": _token,
    "openai_url": _model_url,
    "gemini_key": _token,
}


def url_problems(url: str, allow_http: bool) -> list[str]:
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
        return [f"SENTRY_URL {URL_FORM}."]
    if parts.scheme == "http" and host not in LOOPBACK and not allow_http:
        return [
            "SENTRY_URL uses http, which would show the token; use https or SENTRY_ALLOW_HTTP=1."
        ]
    return []
