"""Every kind of secret: those that show by their form, and those that show by their name."""

import random
import string
from functools import cache
from typing import Final

from unit.safetext.planted import Planted, planted

NAMED: Final = (
    ("password", "password=", ""),
    ("password", "DB_PASSWORD: ", ""),
    ("password", 'passwd="', '"'),
    ("api-key", "api_key=", ""),
    ("api-key", "X-Api-Key: ", ""),
    ("token", "access_token=", ""),
    ("token", '{"refreshToken": "', '"}'),
    ("secret", "client_secret=", ""),
    ("credentials", "credentials='", "'"),
    ("authorization", "Authorization: Basic ", "=="),
    ("authorization", "Proxy-Authorization: Bearer ", ""),
    ("cookie", "Cookie: theme=dark; id=", "; lang=en"),
    ("cookie", "Set-Cookie: id=", "; Path=/; HttpOnly"),
    ("session", "PHPSESSID=", ""),
    ("session", "session_id=", ""),
    ("csrf", "csrfmiddlewaretoken=", ""),
    ("one-time-code", "otp=", ""),
)
WINDOW: Final = 12  # so many characters in a row of a secret's core are a leak


def every_form() -> list[Planted]:
    """One of each, the same ones every time."""
    dice = random.Random(11)  # noqa: S311 - test data
    letters = string.ascii_letters + string.digits
    return planted() + [
        Planted(kind, f"{before}{word}{after}", "", (word,))
        for kind, before, after in NAMED
        for word in ["".join(dice.choices(letters, k=28))]
    ]


@cache
def windows(one: Planted) -> frozenset[str]:
    """What must not be seen anywhere."""
    return frozenset(
        core[at : at + WINDOW] for core in one.cores for at in range(len(core) - WINDOW + 1)
    )


@cache
def short_cores(one: Planted) -> tuple[str, ...]:
    """What must not be seen as a whole."""
    return tuple(core for core in one.cores if len(core) < WINDOW)
