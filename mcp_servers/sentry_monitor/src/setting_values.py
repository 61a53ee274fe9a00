"""How the text of a variable becomes a setting: `reader(text) -> (value, problem)`."""

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from modules.github import protocol
from modules.outbound import messages

_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-f:.]{2,45}")
LOOPBACK: Final = messages.LOOPBACK
PERSONAL: Final = ("email", "ip")
KINDS: Final = ("pr_created", "failed", "waiting", "duplicate", "declined")
SLACK_HOOKS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
BEARER_FORM: Final = (
    "must be one word of printable ASCII, 32 characters or more: openssl rand -hex 24"
)
MODEL_FORM: Final = "must look like https://api.example.com"
URL_FORM: Final = "must look like https://sentry.example.com"
API_FORM: Final = "must look like https://github.example.com/api/v3"


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
    return False, "" if known else "must be true or false, or 1 or 0"


def _whole(least: int, most: int) -> Callable[[str], tuple[Any, str]]:
    def read(given: str) -> tuple[Any, str]:
        if re.fullmatch(r"\d{1,12}", given) and least <= int(given) <= most:
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
    known = ("auto", "bubblewrap", "landlock", "container", "none")
    return (given, "") if given in known else ("auto", f"must be one of: {', '.join(known)}")


def _tracker(given: str) -> tuple[Any, str]:
    known = ("off", "builtin", "github", "linear", "jira")
    return (given, "") if given in known else ("off", f"must be one of: {', '.join(known)}")


def _prefix(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Z][A-Z0-9]{0,9}", given):
        return given, ""
    return "OPS", "must be 1 to 10 capital letters and digits, a letter first"


def _slugs(given: str) -> tuple[Any, str]:
    found = [_slug(one.strip()) for one in given.split(",") if one.strip()]
    wrong = not found or any(problem for _, problem in found)
    slugs = frozenset() if wrong else frozenset(slug for slug, _ in found)
    return slugs, "takes slugs of projects, with commas between several" if wrong else ""


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


def _channel(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"#?[A-Za-z0-9][A-Za-z0-9._-]{0,79}", given):
        return given, ""
    return None, "must be a channel's id, such as C0123456789, or its name"


def _api(given: str) -> tuple[Any, str]:
    url = given.rstrip("/")
    return (url, "") if _goes_out_safely(url) else (None, "must look like https://slack.com/api")


def _addresses(given: str) -> tuple[Any, str]:
    """As apprise writes them; a comma within one is written %2C."""
    urls = [one.strip() for one in given.split(",") if one.strip()]
    fine = urls and all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,19}://[\x21-\x7e]+", u) for u in urls)
    return (",".join(urls), "") if fine else (None, "takes comma-separated URLs, such as json://…")


def _secrets(given: str) -> tuple[Any, str]:
    words = tuple(word.strip() for word in given.split(",") if word.strip())
    if words and all(re.fullmatch(r"[\x21-\x7e]{16,256}", word) for word in words):
        return tuple(map(SecretStr, words)), ""
    return (), "takes client secrets of 16 characters or more, with commas between several"


def _receiver(given: str) -> tuple[Any, str]:
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    plain = re.fullmatch(r"https?://[\x21-\x7e]+", given) and _HOST.fullmatch(host)
    return (given, "") if plain else (None, "must look like http://127.0.0.1:4318")


def _path_token(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Za-z0-9_-]{32,256}", given):
        return given, ""
    return None, "must be 32 letters, digits, - and _ or more: openssl rand -hex 24"


def _interval(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"\d{1,10}", given) and (int(given) == 0 or int(given) >= 10_000):
        return int(given), ""
    return 0, "must be 0, or 10000 milliseconds or more"


def _kinds(given: str) -> tuple[Any, str]:
    words = tuple(word.strip().lower() for word in given.split(",") if word.strip())
    if words == ("none",):
        return (), ""
    if set(words) <= set(KINDS):
        return words, ""
    return (), f"takes a comma-separated list of: {', '.join(KINDS)}; or none"


def _pem(given: str) -> tuple[Any, str]:
    """Many places that keep secrets keep them on one line."""
    key = given.replace("\\n", "\n")
    if re.match(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s", key):
        return key, ""
    return None, "must be a private key in PEM form: -----BEGIN RSA PRIVATE KEY----- …"


def _app(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given):
        return given, ""
    return None, "must be the App's id, a number, or its client id"


def _github_api(given: str) -> tuple[Any, str]:
    """The token goes there, so nothing is guessed. Plain http only on this machine."""
    try:
        parts = urlsplit(given)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None, API_FORM
    plain = not any(char in given for char in "?#@\\") and given.isascii() and given.isprintable()
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not plain or not secure or _HOST.fullmatch(host) is None:
        return None, API_FORM
    return given.rstrip("/"), ""


def _repository(given: str) -> tuple[Any, str]:
    fine = protocol.is_name(given)
    return (given, "") if fine else (None, "must look like owner/name")


def _key(given: str) -> tuple[Any, str]:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,19}", given):
        return given.upper(), ""
    return None, "must be a key such as OPS"


def _account(given: str) -> tuple[Any, str]:
    fine = re.fullmatch(r"[^\s:@]{1,200}@[A-Za-z0-9.-]{1,200}", given)
    return (given, "") if fine else (None, "must be an e-mail address")


def _site(given: str) -> tuple[Any, str]:
    """The token goes there, so nothing is guessed."""
    url = given.rstrip("/")
    fine = _goes_out_safely(url) and not urlsplit(url).path
    return (url, "") if fine else (None, "must look like https://acme.atlassian.net")


def _type_name(given: str) -> tuple[Any, str]:
    fine = given.isprintable() and len(given) <= 60
    return (given, "") if fine else ("Task", "must be the name of a type of issue, such as Task")


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
    "fixer_jobs_an_hour": _whole(0, 100_000),
    "webhook_secrets": _secrets,
    "webhook_legacy": _path_token,
    "webhook_unsigned": _switch,
    "poll_interval_ms": _interval,
    "statistics_interval_ms": _interval,
    "tracker": _tracker,
    "tracker_prefix": _prefix,
    "tracker_projects": _slugs,
    "otel_endpoint": _receiver,
    "database_url": _database,
    "fixer_sandbox": _sandbox,
    "anthropic_key": _token,
    "claude_token": _token,
    "anthropic_url": _model_url,
    "slack_token": _token,
    "slack_channel": _channel,
    "slack_api": _api,
    "notify_urls": _addresses,
    "notify_kinds": _kinds,
    "github_token": _token,
    "github_app_id": _app,
    "github_app_key": _pem,
    "github_app_installation": _whole(1, 10**12),
    "github_api_url": _github_api,
    "github_repo": _repository,
    "linear_key": _token,
    "linear_team": _key,
    "jira_url": _site,
    "jira_email": _account,
    "jira_token": _token,
    "jira_project": _key,
    "jira_issue_type": _type_name,
    "openai_key": _token,
    "openai_url": _model_url,
    "gemini_key": _token,
}


def github_problems(values: Mapping[str, Any]) -> list[str]:
    """An App is an id and a key."""
    key = values.get("github_app_key") or values.get("github_app_key_file")
    if values.get("github_app_id") and not key:
        return [
            "GITHUB_APP_ID needs GITHUB_APP_PRIVATE_KEY or GITHUB_APP_PRIVATE_KEY_FILE beside it."
        ]
    if key and not values.get("github_app_id"):
        return ["The private key of a GitHub App needs GITHUB_APP_ID beside it."]
    return []


def tracker_problems(values: Mapping[str, Any]) -> list[str]:
    """What belongs together is set together."""
    groups = (
        {"linear_key": "LINEAR_API_KEY", "linear_team": "LINEAR_TEAM"},
        {
            "jira_url": "JIRA_URL",
            "jira_email": "JIRA_EMAIL",
            "jira_token": "JIRA_API_TOKEN",
            "jira_project": "JIRA_PROJECT",
        },
    )
    problems = []
    for group in groups:
        missing = [variable for name, variable in group.items() if not values.get(name)]
        if missing and len(missing) < len(group):
            there = next(variable for variable in group.values() if variable not in missing)
            problems.append(f"{there} needs {' and '.join(missing)} beside it.")
    return problems


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


def webhook_problems(webhook: str | None, api: str | None) -> list[str]:
    """Its path is a secret, so it goes to Slack, or to the host that the operator named."""
    if webhook is None:
        return []
    if not _goes_out_safely(webhook) or len(urlsplit(webhook).path) < 2:
        return ["SLACK_WEBHOOK_URL must look like https://hooks.slack.com/services/…"]
    host = urlsplit(webhook).hostname or ""
    own = urlsplit(api or "").hostname
    if host in SLACK_HOOKS or host == own or host in LOOPBACK:
        return []
    return ["SLACK_WEBHOOK_URL is of another host than Slack's or SLACK_API_URL's."]


def _goes_out_safely(url: str) -> bool:
    """https, or http to this machine; no login, no fragment."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = re.fullmatch(r"[\x21-\x7e]+", url) and not any(char in url for char in "#@\\?")
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return bool(plain) and safe and _HOST.fullmatch(host) is not None
