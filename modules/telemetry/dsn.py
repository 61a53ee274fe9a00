"""A DSN, read without a network. No message here repeats any of it: it may be a secret in the
wrong place."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from .errors import BadDsn

KEY: Final = re.compile(r"[0-9A-Za-z_-]{1,64}\Z")
PROJECT: Final = re.compile(r"[0-9]{1,20}\Z")


@dataclass(frozen=True)
class Dsn:
    """Where an SDK sends to. `project_id` is the number in the path, not the slug."""

    host: str
    project_id: str
    public_key: str = field(repr=False)


def read_dsn(value: str) -> Dsn:
    """Raises BadDsn, which names the part that is wrong and not its value.

    Source: https://docs.sentry.io/concepts/key-terms/dsn-explainer/ ("The Parts of the DSN").
    """
    try:
        parts = urlsplit(value.strip())
        host, port, key = parts.hostname, parts.port, parts.username
    except ValueError:
        raise _bad("its host or its port cannot be read") from None
    if parts.scheme not in ("http", "https"):
        raise _bad("it does not begin with https:// (or http://)")
    if not key or not KEY.match(key):
        raise _bad("it has no public key before the @")
    if not host:
        raise _bad("it names no host")
    project = parts.path.rstrip("/").rpartition("/")[2]
    if not PROJECT.match(project):
        raise _bad("it does not end with the number of a project")
    if parts.query or parts.fragment:
        raise _bad("something follows the number of the project")
    return Dsn(f"{host}:{port}" if port else host, project, key)


def _bad(why: str) -> BadDsn:
    return BadDsn(f"SENTRY_DSN is no DSN: {why}.")
