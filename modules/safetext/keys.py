"""Names that promise a secret, and values that are none."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Each name that `secret_kind` knows contains one of these.
NEEDLES: Final = (
    "pass", "pw", "secret", "token", "cred", "auth", "cookie", "sess", "srf", "key", "jwt",
    "otp", "ssn", "sid", "dsn", "bearer", "cvv", "cvc", "code", "card", "pin", "answer",
)  # fmt: skip
# Of these kinds a secret may be a number of three digits.
SHORT_SECRETS: Final = frozenset(("password", "card", "one-time-code", "pin", "sql-parameter"))
PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# A part of a name -> the kind; anywhere in the name, unless the last part says otherwise.
STRONG: Final = {
    "password": "password",
    "passwords": "password",
    "passwd": "password",
    "passwort": "password",
    "passphrase": "password",
    "passcode": "password",
    "pwd": "password",
    "secret": "secret",
    "secrets": "secret",
    "credential": "credentials",
    "credentials": "credentials",
    "creds": "credentials",
    "authorization": "authorization",
    "cookie": "cookie",
    "cookies": "cookie",
    "csrf": "csrf",
    "xsrf": "csrf",
}
# Names of one word, or the end of a longer one.
LAST: Final = {
    "pass": "password",
    "pw": "password",
    "token": "token",
    "tokens": "token",
    "jwt": "token",
    "bearer": "token",
    "otp": "one-time-code",
    "totp": "one-time-code",
    "auth": "authorization",
    "session": "session",
    "sid": "session",
    "sessid": "session",
    "cvv": "card",
    "cvc": "card",
    "pin": "pin",
    "ssn": "national-id",
    "dsn": "dsn",
}
KEYED: Final = (
    "api access secret encryption signing auth account storage shared ssh master app application "
    "service deploy license subscription admin root security host hmac rsa aes fernet cipher crypto"
    " decryption webhook"
)
ONE_TIME: Final = "backup factor fa login mfa otp recovery scratch sms totp verification"
# Two words at the end of a name, the second being `key`, `id`, …
PAIRS: Final = {
    **{(first, last): "api-key" for first in KEYED.split() for last in ("key", "keys")},
    ("private", "key"): "private-key",
    ("priv", "key"): "private-key",
    ("session", "id"): "session",
    ("session", "key"): "session",
    ("session", "data"): "session",
    ("session", "value"): "session",
    ("token", "value"): "token",
    ("token", "secret"): "token",
    ("auth", "code"): "authorization",
    ("authorization", "code"): "authorization",
    ("basic", "auth"): "authorization",
    **{(first, last): "one-time-code" for first in ONE_TIME.split() for last in ("code", "codes")},
    ("security", "answer"): "secret",
    ("security", "answers"): "secret",
    ("security", "code"): "card",
    ("card", "number"): "card",
}
# These, although what is told about a secret is none otherwise.
EVEN: Final = {
    ("auth", "header"): "authorization",
    ("authorization", "header"): "authorization",
    ("access", "key", "id"): "api-key",
}
# Only as a header is named.
# Headers, also as bytes are represented and as WSGI spells them: X-Key, X-Tenant-Key.
KEY_HEADER: Final = re.compile(
    r"(?:[bB]?['\"])?(?:x-(?:[a-z0-9]+-){0,4}key|http_x_(?:[a-z0-9]+_){0,4}key)['\"]?",
    re.IGNORECASE,
)
# Written without a border between the words.
GLUED: Final = (
    ("password", "password"),
    ("passwd", "password"),
    ("apikey", "api-key"),
    ("secretkey", "api-key"),
    ("accesskey", "api-key"),
    ("accesskeyid", "api-key"),
    ("accountkey", "api-key"),
    ("privatekey", "private-key"),
    ("authtoken", "token"),
    ("accesstoken", "token"),
    ("refreshtoken", "token"),
    ("idtoken", "token"),
    ("csrftoken", "csrf"),
    ("csrfmiddlewaretoken", "csrf"),
    ("xsrftoken", "csrf"),
    ("clientsecret", "secret"),
    ("sessionid", "session"),
    ("sessid", "session"),
    ("sessionkey", "session"),
    ("sessiontoken", "session"),
)
# What is told about a secret is none.
ABOUT: Final = (
    "age algorithm class count counts domain enabled error errors expired expires expiry expiration "
    "field fields file format header headers help hint host kind label length len limit max min missing method "
    "minutes mode name names needed optional path policy port prefix provider required "
    "reset rule rules samesite scheme seconds size source status store strength timeout ttl type "
    "types uri url used user username valid validator validators version visible is has at"
)
TOLD: Final = frozenset(ABOUT.split())
# So many of what a model reads and writes are no secret, nor are the words of a text.
COUNTED: Final = frozenset(
    (
        "budget", "cached", "completion", "context", "count", "estimated", "generated", "input", "max",
        "min", "n", "num", "number", "output", "per", "prompt", "reasoning", "remaining", "total", "used",
    )
)  # fmt: skip
LEXICAL: Final = re.compile(r"(?:[bru]{0,2}([\"'])(?:[A-Za-z]{1,12}|[^\w\s]{1,3})\1|\d{1,6})\Z")
LONGEST_PLACEHOLDER: Final = 40
HEADER: Final = re.compile(r"[\"']?[A-Za-z]+(?:-[A-Za-z]+)*[\"']?\Z")
# How Python represents what it has no words for.
LONGEST_OBJECT: Final = 200
OBJECT: Final = re.compile(
    r"<(?:(?:function|bound method|coroutine object|generator object|module) )?[A-Za-z_][\w.<>]{0,150}+"
    r"(?: object)?(?: at 0x[0-9A-Fa-f]{4,16})>\Z"
    r"|<class '[A-Za-z_][\w.<>]{0,150}+'>\Z|<module '[\w.]{1,80}' from '[\w/.@+ -]{1,150}'>\Z|<\w{1,60}\[\]>\Z"
    r"|(?:async_)?sessionmaker\((?:\w{1,30}=(?:True|False|None|'[A-Za-z]{0,10}Session'|<\w{1,30}>"
    r"|(?:Async)?Engine\(\w{1,20}(?:\+\w{1,20})?://(?:[\w.-]{1,40}:\*\*\*@)?[\w./:-]{0,100}\))(?:, )?){0,8}\)\Z"
)
PLACEHOLDER: Final = re.compile(
    r"(?i)\A\s*+(?P<quote>[\"']?)(?:[bru]{0,2}(?:''|\"\")|none|null|nil|undefined|\{\}|\[\]|\(\)|set\(\)|true|false|yes|no|nan|\d{1,2}|n/a|\*+"
    r"|x{3,}|•+|\.{3,}|…|(?:… )?[\d,]{1,15} more"
    r"|\[(?:filtered|removed|scrubbed|hidden|masked|redacted(?::[a-z0-9-]{1,40})?)\]"
    r"|<[a-z][a-z0-9 _:.-]{0,40}>|basic|bearer|digest|token"
    r"|(?:\$\{?\w{1,60}\}?|\{\{?[\w.!: ]{0,60}\}?\}|%\(\w{1,40}\)s|%[srd]|[-_?/:@ ])++"
    r")?(?P=quote)\s*+\Z"
)
# POSIX's name of the working directory is ODBC's of the password as well: only what no password
# looks like is let through, a path below a folder that systems have.
WORKING_DIRECTORY: Final = "PWD"
FOLDER: Final = re.compile(
    r"(?P<quote>[\"']?)/(?:(?:app|apps|build|builds|code|data|etc|github|home|media|mnt|opt|private|project|root|run"
    r"|src|srv|tmp|usr|Users|var|work|workdir|workspace|workspaces)(?:/[\w.@+-]{1,255})*+/?)?(?P=quote)\Z"
)


@lru_cache(maxsize=4096)
def secret_kind(name: str) -> str | None:
    """What the value under this name must be hidden as; None for an ordinary name."""
    if len(name) > 200 or "[redacted:" in name or "… " in name:  # judged when it came whole
        return None
    if KEY_HEADER.fullmatch(name):
        return "api-key"
    parts = [part.lower() for part in PARTS.findall(unicodedata.normalize("NFKC", name))]
    while parts and parts[-1].isdigit():
        parts.pop()
    even = EVEN.get(tuple(parts[-2:])) or EVEN.get(tuple(parts[-3:]))
    if even or not parts or (len(parts) > 1 and parts[-1] in TOLD):
        return even
    ends = LAST.get(parts[-1]) or PAIRS.get(tuple(parts[-2:]))
    if parts[-1] == "tokens" and not COUNTED.isdisjoint(parts):
        return None
    strong = next((STRONG[part] for part in parts if part in STRONG), None)
    return strong or ends or _glued(parts)


def is_harmless(name: str, value: str) -> bool:
    """Nothing to hide under this name, though it promises a secret."""
    return (
        is_placeholder(value)
        or _is_folder(name, value)
        or _is_lexical(name, value)
        or _is_header(name, value)
    )


def is_placeholder(value: str) -> bool:
    """Nothing to hide: empty, already hidden, a template, a plain constant, an object as Python
    represents it."""
    if len(value) <= LONGEST_PLACEHOLDER and PLACEHOLDER.match(value):
        return True
    return len(value) <= LONGEST_OBJECT and OBJECT.match(value) is not None


def _is_lexical(name: str, value: str) -> bool:
    """Nothing to hide: how many tokens, or a word of a text, as a variable of that name has them."""
    return name.lower().endswith("tokens") and LEXICAL.match(value) is not None


def _is_header(name: str, value: str) -> bool:
    """Nothing to hide: which header it is that has the secret."""
    return name.lower().endswith("header") and HEADER.match(value) is not None


def _is_folder(name: str, value: str) -> bool:
    """Nothing to hide: where a process is at work, under the name that shells give it."""
    return name == WORKING_DIRECTORY and FOLDER.match(value) is not None


def _glued(parts: list[str]) -> str | None:
    whole = "".join(parts)
    return next((kind for ending, kind in GLUED if whole.endswith(ending)), None)
