"""How a GitHub App says who it is. No I/O.

Source: GitHub's documentation, "Generating a JSON Web Token (JWT) for a GitHub App" (RS256, issued
60 seconds ago against clocks that differ, at most 10 minutes) and "Create an installation access
token for an app" (narrowed to repositories and permissions; it lives one hour).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from .errors import NoLogin

SKEW: Final = timedelta(seconds=60)
LIFE: Final = timedelta(minutes=9)
EARLY: Final = timedelta(minutes=5)  # a token is not used up to its last second
NEEDED: Final[Mapping[str, str]] = {"contents": "write", "pull_requests": "write"}
WISHED: Final[Mapping[str, str]] = {**NEEDED, "checks": "read", "statuses": "read"}
FOR_ISSUES: Final[Mapping[str, str]] = {"issues": "write"}  # of an App that files them


def app_jwt(app_id: str, private_key: str, now: datetime) -> str:
    """The App's word for the next nine minutes. Raises NoLogin where the key is none."""
    import jwt  # noqa: PLC0415 - it brings cryptography, which takes 60 ms

    claims = {
        "iat": int((now - SKEW).timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "iss": app_id,
    }
    try:
        return jwt.encode(claims, private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise NoLogin(
            "The GitHub App's private key cannot be used: it must be the RSA key in PEM form."
        ) from None


def narrowed(repository: str, permissions: Mapping[str, str]) -> dict[str, Any]:
    """What is asked for: this one repository (`owner/name`), these permissions."""
    name = repository.partition("/")[2]
    return {"repositories": [name], "permissions": dict(permissions)}


def still_good(expires_at: datetime, now: datetime) -> bool:
    return now + EARLY < expires_at
