"""Personal data with a checkable form: cards, accounts, e-mail and network addresses."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from .assignments import Span
from .versions import is_version

DOMAIN: Final = re.compile(r"(?:[\w-]{1,63}+\.){1,8}[^\W\d_]{2,24}")
LOCAL: Final = re.compile(r"[\w.%+'-]{1,64}+")
# What stands before the host of an address is no mailbox.
LOGIN: Final = re.compile(r"://[^\s/]{0,256}+\Z")
# `icon@2x.png`, `git@github.com`: no person.
FILES: Final = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "mjs", "ts", "tsx", "css", "map", "py")
)
# What a card number and an account number have in common.
RUNS: Final = re.compile(r"[0-9](?:[ .\-\u2010-\u2015]?[0-9A-Z]){11,}+")
FOUR: Final = re.compile(r"[0-9](?<![\w.][0-9])[0-9]{0,2}+(?:\.[0-9]{1,3}+){3}+(?![0-9]|\.[0-9])")
COLONS: Final = re.compile(r":[0-9A-Fa-f]{0,4}+:")
SIX: Final = re.compile(r"[0-9A-Fa-f:.]{0,45}+")
LOOPBACK: Final = frozenset(("127.0.0.1", "0.0.0.0", "::1", "::"))  # noqa: S104 - nothing listens there
DIGITS: Final = re.compile(r"[0-9](?<![\w.][0-9])(?:[ \-\u2010-\u2015]?[0-9]){11,400}+")
ISSUERS: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})\Z|(?:5[1-5]|2[2-7])\d{14}\Z|3[47]\d{13}\Z|3(?:0[0-5]|[689]\d)\d{11,16}\Z"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12,15}\Z|35\d{14}\Z|62\d{14,17}\Z"
)
ACCOUNT: Final = re.compile(r"[A-Z](?<!\w[A-Z])[A-Z][0-9]{2}(?:[ -]?[A-Z0-9]){11,30}+")
# What follows the last digit of a number that is no part of a longer one.
APART: Final = re.compile(r"(?!\w|\.[0-9])")


@dataclass(frozen=True)
class Finder:
    """`hint` is an RE2 pattern that every ASCII text matches in which `find` finds something."""

    hint: str
    find: Callable[[str], Iterator[Span]]


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also with the sign percent-encoded."""
    for sign in ("@", "%40"):
        at = text.find(sign)
        while at >= 0:
            domain = DOMAIN.match(text, at + len(sign))
            before = LOCAL.match(text[max(0, at - 64) : at][::-1]) if domain else None
            local = before[0][::-1].lstrip("'") if before else ""  # a quote opens before it
            login = LOGIN.search(text, max(0, at - 300), at)
            if domain and local and not login and _is_person(local, domain[0]):
                yield Span(at - len(local), domain.end(), "email")
            at = text.find(sign, at + len(sign))


def _is_person(local: str, domain: str) -> bool:
    return local != "git" and domain.rpartition(".")[2].lower() not in FILES


def numbers(text: str) -> Iterator[Span]:
    """Cards and accounts: only long runs of digits are worth a search."""
    for run in RUNS.finditer(text):
        yield from cards(text, *run.span())
        yield from ibans(text, *run.span())


def fours(text: str) -> Iterator[Span]:
    """Internet addresses of version 4 but the loopback."""
    for four in FOUR.finditer(text):
        octets = four[0].split(".")
        network = octets[1:] == ["0", "0", "0"]  # no host has such an address, Chrome's versions do
        if network or four[0] in LOOPBACK or any(int(octet) > 255 for octet in octets):
            continue
        if not is_version(text, *four.span()):
            yield Span(*four.span(), "ip-address")


def sixes(text: str) -> Iterator[Span]:
    """Internet addresses of version 6 but the loopback."""
    colons = COLONS.search(text)
    while colons:
        before = SIX.match(text[max(0, colons.start() - 45) : colons.start()][::-1])
        start = colons.start() - (before.end() if before else 0)
        six = SIX.match(text, start)
        end = max(six.end() if six else 0, colons.end())
        spelled = _trimmed(text[start:end])
        apart = not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
        if apart and _is_six(spelled):
            yield Span(start, start + len(spelled), "ip-address")
        colons = COLONS.search(text, end)


def _trimmed(spelled: str) -> str:
    spelled = spelled.rstrip(".")
    return spelled[:-1] if spelled.endswith(":") and not spelled.endswith("::") else spelled


def _is_six(spelled: str) -> bool:
    """A slice such as `1::2` is a valid address too: some group must look like one."""
    groups = [group for group in spelled.split(":") if group]
    if len(groups) < 4 and not any(len(group) == 4 for group in groups):
        return False
    try:
        ipaddress.IPv6Address(spelled)
    except ValueError:
        return False
    return spelled not in LOOPBACK


def cards(text: str, start: int, end: int) -> Iterator[Span]:
    """Card numbers: the issuer's digits, the length, Luhn's sum."""
    for run in DIGITS.finditer(text, start, end):
        whole = APART.match(text, run.end()) is not None
        yield from _cards(run[0], run.start(), whole=whole)


def _cards(run: str, offset: int, *, whole: bool) -> Iterator[Span]:
    places = [place for place, char in enumerate(run) if char.isdigit()]
    borders = [i for i, place in enumerate(places) if not place or not run[place - 1].isdigit()]
    ends = frozenset([*borders, len(places)] if whole else borders)
    done = 0
    for first in borders:
        for after in range(first + 19, first + 12, -1):
            if after not in ends or first < done:
                continue
            digits = "".join(run[place] for place in places[first:after])
            if ISSUERS.match(digits) and _luhn(digits):
                yield Span(offset + places[first], offset + places[after - 1] + 1, "card")
                done = after


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(two - 9 * (two > 9) for two in doubled)) % 10 == 0


def ibans(text: str, start: int, end: int) -> Iterator[Span]:
    """Account numbers whose check digits agree; their two letters may stand before the run."""
    run = ACCOUNT.search(text, max(0, start - 2), end)
    while run:
        length = _account(run[0], whole=APART.match(text, run.end()) is not None)
        if length:
            yield Span(run.start(), run.start() + length, "iban")
        run = ACCOUNT.search(text, run.start() + (length or 4), end)


def _account(run: str, *, whole: bool) -> int:
    """How much of the run is a number; words in capitals may follow it."""
    borders = [place for place, char in enumerate(run) if char in " -"]
    for end in [len(run)] * whole + borders[::-1]:
        number = run[:end].replace(" ", "").replace("-", "")
        if 15 <= len(number) <= 34 and _mod_97(number) == 1:
            return end
    return 0


def _mod_97(number: str) -> int:
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97


FINDERS: Final = (
    Finder("@|%40", emails),
    Finder(":[0-9A-Fa-f]{0,4}:", sixes),
    Finder(r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]", fours),
    Finder(r"[0-9](?:[ .?-]?[0-9A-Z]){11}", numbers),  # dashes beyond ASCII read as `?`
)
