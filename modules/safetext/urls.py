"""Passwords in addresses: basic authentication, connection strings, Sentry's old DSNs."""

import re
from collections.abc import Iterator
from typing import Final

from .assignments import Span
from .keys import is_placeholder

DATABASES: Final = frozenset(
    (
        "postgres", "postgresql", "mysql", "mariadb", "mssql", "sqlserver", "oracle", "mongodb",
        "redis", "rediss", "valkey", "amqp", "amqps", "clickhouse", "cockroachdb", "cassandra",
        "snowflake", "kafka", "nats", "ldap", "ldaps", "smtp", "smtps", "sftp", "ftp", "db2",
    )
)  # fmt: skip
USER: Final = r"(?P<user>[^\s/?#:\"'<>\\]{0,256}+)"
LOGIN: Final = re.compile(rf"://{USER}:(?P<word>(?:[^\s/?#@\"'<>\\]{{0,256}}+@){{1,4}}+)")
# Where no page can follow, a slash belongs to the password.
LOOSE: Final = re.compile(rf"://{USER}:(?P<word>[^\s@\"'<>\\]{{1,256}}+@)")
ALONE: Final = re.compile(r"://(?P<user>[\w.~%+-]{20,256}+):?@")
SCHEME: Final = re.compile(r"[A-Za-z0-9+.-]{1,24}+")
HEX_KEY: Final = re.compile(r"[0-9a-f]{32}\Z")


def passwords(text: str) -> Iterator[Span]:
    """The secret part of each login; scheme, user and host stay."""
    at = text.find("://")
    while at >= 0:
        yield from _login(text, at)
        at = text.find("://", at + 3)


def _login(text: str, at: int) -> Iterator[Span]:
    reversed_scheme = SCHEME.match(text[max(0, at - 24) : at][::-1])
    scheme = reversed_scheme[0][::-1].lower().split("+")[0] if reversed_scheme else ""
    login = LOGIN.match(text, at) or (LOOSE.match(text, at) if scheme in DATABASES else None)
    alone = ALONE.match(text, at)
    if alone and not HEX_KEY.match(alone["user"]):
        yield Span(*alone.span("user"), "basic-auth")
    if not login:
        return
    start, end = login.start("word"), login.end("word") - 1
    if start >= end or is_placeholder(text[start:end]):
        return
    yield Span(start, end, _kind(scheme, login["user"], text[start:end]))
    # `https://TOKEN:x-oauth-basic@host`
    if len(login["user"]) >= 20 and len(text[start:end]) <= 13:
        yield Span(*login.span("user"), "basic-auth")


def _kind(scheme: str, user: str, word: str) -> str:
    if HEX_KEY.match(user) and HEX_KEY.match(word):
        return "sentry-dsn"
    return "connection-string" if scheme in DATABASES else "basic-auth"
