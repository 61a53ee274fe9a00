"""Who was there when it happened, as far as an operator wants that told. No I/O.

Source: seed document 003, "User Context".
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .errors import BadTelemetryArgument

Json = dict[str, Any]
Address = Literal["drop", "shorten", "keep"]
ID: Final = re.compile(r"[\w.:@-]{1,128}\Z")
FORWARDED: Final = frozenset(
    ("x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip")
)
ADDRESSES: Final = ("REMOTE_ADDR",)


@dataclass(frozen=True)
class People:
    """What may be told about users. An address is shortened to its /24 (IPv4) or /48 (IPv6).
    Raises BadTelemetryArgument."""

    id_header: str = "X-User-Id"
    address: Address = "drop"
    user_agent: bool = True

    def __post_init__(self) -> None:
        if self.address not in get_args(Address):
            known = ", ".join(get_args(Address))
            raise BadTelemetryArgument(f"address must be one of {known}.")

    def about(self, event: Json) -> Json:
        """Take the user out of the event; what may stay of it, the address by its policy.

        The caller scrubs the rest and puts both back: an address that may stay must not be
        scrubbed away.
        """
        request = event.get("request")
        request = request if isinstance(request, dict) else {}
        headers = request.get("headers")
        headers = headers if isinstance(headers, dict) else {}
        user = event.pop("user", None)
        user = dict(user) if isinstance(user, dict) else {}
        told = user.pop("ip_address", None) or _address_of(request)
        if not user.get("id") and (found := _named(headers, self.id_header)):
            user["id"] = found
        self._without_traces(request, headers)
        if self.address != "drop" and (address := _read(told)):
            user["ip_address"] = str(address) if self.address == "keep" else _shortened(address)
        return user

    def _without_traces(self, request: Json, headers: Json) -> None:
        """Addresses stand in headers and in the environment of the server, too."""
        for name in list(headers):
            low = name.lower()
            if low in FORWARDED or (low == "user-agent" and not self.user_agent):
                del headers[name]
        environment = request.get("env")
        for name in ADDRESSES if isinstance(environment, dict) else ():
            request["env"].pop(name, None)


def _named(headers: Mapping[str, Any], name: str) -> str:
    """The value of the header, if it is one word: anybody can write it."""
    found = next((value for key, value in headers.items() if key.lower() == name.lower()), None)
    return found if isinstance(found, str) and ID.match(found) else ""


def _address_of(request: Mapping[str, Any]) -> Any:
    environment = request.get("env")
    return environment.get("REMOTE_ADDR") if isinstance(environment, dict) else None


def _read(told: Any) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(told) if isinstance(told, str) else None
    except ValueError:
        return None


def _shortened(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    kept = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, kept), strict=False).network_address)
