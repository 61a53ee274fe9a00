"""What an operator lets through, and how much of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

CAPS: Final = MappingProxyType({"title": 200, "value": 1000, "message": 200, "text": 2000})


@dataclass(frozen=True)
class Policy:
    """What may stay and how much."""

    emails: bool = False
    addresses: bool = False
    caps: Mapping[str, int] = field(default_factory=lambda: CAPS)
    default_cap: int = 200
    items: int = 100
    depth: int = 10
    total: int = 120_000  # characters of one answer, keys included

    @property
    def kept(self) -> frozenset[str]:
        """The kinds of finding that are not redacted."""
        return frozenset(["email"] * self.emails + ["ip-address"] * self.addresses)


STRICT: Final = Policy()
