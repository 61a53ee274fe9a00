"""What the options of the command line may hold; argparse tells what is refused."""

import argparse
import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

_SLUG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{8,4096}")


def port(given: str) -> int:
    if not given.isdecimal() or int(given) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(given)


def days(given: str) -> int:
    if not (given.isdecimal() and 1 <= int(given) <= 3650):
        raise argparse.ArgumentTypeError("days are a number from 1 to 3650")
    return int(given)


def loopback(given: str) -> str:
    address = "127.0.0.1" if given == "localhost" else given
    try:
        here = ipaddress.ip_address(address).is_loopback
    except ValueError:
        here = False
    if not here:
        raise argparse.ArgumentTypeError(
            "only loopback: this server has no password worth the name"
        )
    return address


def slug(given: str) -> str:
    if not _SLUG.fullmatch(given):
        raise argparse.ArgumentTypeError("a slug has letters, digits, - and _ only")
    return given


def token(given: str) -> str:
    """As clients take it: a shorter one could be set here, and nowhere else."""
    if not _TOKEN.fullmatch(given):
        raise argparse.ArgumentTypeError(
            "a token is one word of printable ASCII, 8 characters or more"
        )
    return given


def web_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise argparse.ArgumentTypeError("a URL looks like http://127.0.0.1:8000/hook")
    return given
