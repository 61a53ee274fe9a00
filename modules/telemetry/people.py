"""Who was there when it happened, as far as an operator wants that told. No I/O.

Source: seed document 003, "User Context".
"""

import hashlib
import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from .errors import BadTelemetryArgument

Json = dict[str, Any]
Address = Literal["drop", "shorten", "keep"]
ID: Final = re.compile(r"[\w.:@-]{1,128}\Z")
FORWARDED: Final = frozenset(
    ("x-forwarded-for", "x-real-ip", "forwarded", "cf-connecting-ip", "true-client-ip")
)
# A header's name as it is, in the environment of WSGI, in bytes that are represented; an attribute.
AGENT: Final = re.compile(r"(?i)(?:b?[\"'])?(?:http[._])?user[_-]agent(?:\.original)?[\"']?\Z")
SHORTEST_AGENT: Final = 4  # a shorter one is part of too many words
GONE: Final = "[Filtered]"
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
        if not self.user_agent:
            forget_agent(event)
        self._without_traces(request, headers)
        if self.address != "drop" and (address := _read(told)):
            user["ip_address"] = str(address) if self.address == "keep" else _shortened(address)
        return user

    def _without_traces(self, request: Json, headers: Json) -> None:
        """Addresses stand in headers and in the environment of the server, too."""
        for name in list(headers):
            if name.lower() in FORWARDED:
                del headers[name]
        environment = request.get("env")
        for name in ADDRESSES if isinstance(environment, dict) else ():
            request["env"].pop(name, None)


def hashed(told: object) -> str:
    """What stands for an id that may not leave: the same for the same one, so that users are told
    apart."""
    spelled = str(told).encode(errors="surrogatepass")
    return f"hashed:{hashlib.sha256(spelled).hexdigest()[:16]}"


def forget_agent(data: Json) -> None:
    """Take the user agent out of headers and of all that repeats it: frames of a server have it in
    their variables, in pairs of bytes and in whole requests."""
    agents: set[str] = set()
    for container in _containers(data):
        agents.update(_without_agent(container))
    agents = {one for one in agents if len(one) >= SHORTEST_AGENT}
    for container in _containers(data) if agents else ():
        for at, text in _texts(container):
            container[at] = _without(text, agents)


def _without(text: str, agents: Collection[str]) -> str:
    for agent in agents:
        text = text.replace(agent, GONE)
    return text


def _containers(data: Any) -> Iterator[Any]:
    pending = [data]
    while pending:
        container = pending.pop()
        yield container
        inner = container.values() if isinstance(container, dict) else container
        pending += [one for one in inner if isinstance(one, dict | list)]


def _texts(container: Any) -> list[tuple[Any, str]]:
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    return [(at, one) for at, one in pairs if isinstance(one, str)]


def _without_agent(container: Any) -> list[str]:
    """Of one container; the agents that were there, without the quotes of a representation."""
    if isinstance(container, dict):
        found = [container.pop(name) for name in list(container) if is_agent(name)]
    elif len(container) == 2 and is_agent(container[0]):
        found, container[1] = [container[1]], GONE
    else:
        found = []
    return [re.sub(r"\Ab?([\"'])(.*)\1\Z", r"\2", one) for one in found if isinstance(one, str)]


def is_agent(name: object) -> bool:
    return isinstance(name, str) and AGENT.match(name) is not None


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
