"""Where pages may lead: to Sentry, to pull requests, to pages of ours. All else stays text."""

import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

GITHUB: Final = "api.github.com"
LONGEST: Final = 500  # characters
PAGE: Final = re.compile(r"/(?![/\\])[A-Za-z0-9/_.~%?=&+-]*")


@dataclass(frozen=True)
class Links:
    """The hosts, with their ports, as the settings name them."""

    sentry_host: str
    forge_host: str

    @classmethod
    def of(cls, sentry_url: str, github_api_url: str) -> Self:
        api = urlsplit(github_api_url).netloc.lower()
        return cls(urlsplit(sentry_url).netloc.lower(), "github.com" if api == GITHUB else api)

    def sentry(self, url: str) -> str:
        """The URL, where it is the configured server's; else nothing. An organization's own
        subdomain (acme.sentry.io) belongs to the server."""
        host = _host(url)
        return url if host == self.sentry_host or host.endswith(f".{self.sentry_host}") else ""

    def pull(self, url: str | None) -> str:
        """The URL, where it is of a pull request on the configured forge; else nothing."""
        path = urlsplit(url).path if url and _host(url) == self.forge_host else ""
        _, _, number = path.rpartition("/pull/")
        return url if url and number.isdigit() else ""

    def issue(self, url: str) -> str:
        """The URL, where it is of an issue on the configured forge; else nothing."""
        path = urlsplit(url).path if url and _host(url) == self.forge_host else ""
        _, _, number = path.rpartition("/issues/")
        return url if number.isdigit() else ""


def inside(target: str) -> str:
    """The page of ours that it names; the first one where it is none, so that nobody is sent to
    another site after signing in (OWASP, unvalidated redirects)."""
    return target if PAGE.fullmatch(target) and len(target) <= LONGEST else "/"


def _host(url: str) -> str:
    """Empty where it is no plain http(s) URL: with a login, a blank, a backslash."""
    plain = url.isascii() and url.isprintable() and not any(char in url for char in " @\\\"'<>")
    try:
        parts = urlsplit(url) if plain else None
    except ValueError:
        return ""
    return parts.netloc.lower() if parts and parts.scheme in ("http", "https") else ""
