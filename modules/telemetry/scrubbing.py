"""Take secrets out of what an application is about to send; fast for what was seen before.

Most strings of most events are old acquaintances: lines of source, names of files and functions.
A string in which nothing was found is remembered, so that only new ones are searched, all of them
together and once. What is found, and what a key promises, is left to safetext.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final
from unicodedata import normalize

from modules.safetext.arguments import ARGUMENT, DASHED
from modules.safetext.controls import clean
from modules.safetext.keys import NEEDLES, secret_kind
from modules.safetext.policy import Policy
from modules.safetext.redaction import Suspects, redact
from modules.safetext.statements import parameters_kind
from modules.safetext.walk import NAMES, SHORT_NUMBER, Walk, named_value, strings_of, without_value

from .people import is_agent

Json = dict[str, Any]
Place = tuple[Any, Any, str]  # a dict or a list, where in it, and the text there
Known = tuple[str, Counter[str]]  # a text as it may leave, and what was taken out
# An SDK sends strings of any length if it is let. Of a long one Sentry shows less than this, and an
# application that ends waits two seconds for the search: longer ones are cut before it.
POLICY: Final = Policy(caps={}, default_cap=20_000, items=20_000, depth=60, total=50_000_000)
MOST_KNOWN: Final = 20_000  # strings of a generation; with LONGEST_KNOWN some megabytes at most
LONGEST_KNOWN: Final = 300
LONG: Final = 1000  # of a longer text, one search tells no more than the look at it alone
ALL_CUT: Final = 400_000  # what stays of those that are cut, where they are many
SHARE: Final = 2000  # of each, at the least
TOGETHER: Final = 200  # long ones are at most 16 MB then
BLOCK: Final = 32
# Where an object lives is another number in each process, and no secret.
ADDRESS: Final = re.compile(r" at 0x[0-9a-f]{6,16}>")
KEY: Final = "PRIVATE"  # begins and ends a private key, of which each line is a string
MANY: Final = frozenset((dict, list))
ORDINARY: Final = ""
UNSAFE: Final = "\0"  # a key that may not leave as it is
# Under these stands a query: a form, in which a plus is a blank.
QUERY: Final = "?"
QUERIES: Final = frozenset(("query_string", "http.query", "url.query"))
# Under these a version: `shop@1.2.3.4` is neither an address nor a mailbox, and what Sentry tells
# regressions by.
RELEASE: Final = "@"
RELEASES: Final = frozenset(("release", "sentry.release"))
LIKE_VERSIONS: Final = frozenset(("email", "ip-address"))
VERSION: Final = re.compile(r"(?P<quote>[\"']?)(?:[\w.-]{1,60}@)?v?\d[\w.+-]{0,60}(?P=quote)\Z")
VERSIONED: Final = re.compile(r"(?i:(?:\A|[._-])version)\Z|[a-z]Version\Z")
# Under these each product has a version: `shop-app/1.2.3.4`.
AGENT: Final = "agent"
PRODUCT: Final = re.compile(
    r"(?<![\w./=-])([A-Za-z][\w.+-]*/)([0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w.]|:[0-9])"
)
NOBODY: Final = "0.0.0.0"  # noqa: S104 - an address that stays
MARKERS: Final = {**dict.fromkeys(QUERIES, QUERY), **dict.fromkeys(RELEASES, RELEASE)}


class Scrubber:
    """Scrubs JSON in place. What it remembers holds no secrets, and threads may share it."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self._policy = policy
        self._known: set[str] = set()
        self._before: set[str] = set()  # the generation before: what is used of it is kept
        self._names: dict[str, str] = {}
        self._redacted: dict[tuple[int, int], Known] = {}

    def scrub(self, data: Json) -> Counter[str]:
        """The kinds of what was taken out. Raises TypeError for what is not JSON."""
        look = _Look(self._known, self._names)
        look.at(data)
        fresh = self._new(look.fresh)
        texts = [text[: self._policy.default_cap] for _, _, text in fresh]
        if KEY in normalize(
            "NFKC", clean("\n".join(texts))[0]
        ):  # makes suspects of lines that are known, too
            look = _Look(set(), self._names)
            look.unsafe.append(data)
            fresh = []
        found = Counter[str]()
        self._settle(self._unlike_before(fresh, found), found)
        for container, at, kind in look.promised:
            if kind is UNSAFE:
                look.unsafe.append(container)
            else:
                container[at] = self._judged(container[at], found, key=at, kind=kind)
        for container in look.unsafe:
            _replace(container, self._walked(container, found))
        return found

    def _settle(self, places: Sequence[Place], found: Counter[str]) -> None:
        """Only what has something in it is looked at alone, and once where many have the same."""
        long = [place for place in places if len(place[2]) > LONG]
        touched, clear = _told_apart([place for place in places if len(place[2]) <= LONG])
        self._remember([text for _, _, text in clear])
        self._forget(len(touched))
        for at in range(0, len(touched), TOGETHER):
            part = touched[at : at + TOGETHER]
            for place, known in zip(part, self._each(part, found, self._policy), strict=True):
                self._redacted[hash(place[2]), len(place[2])] = known
        self._settle_long(long, found)

    def _settle_long(self, long: Sequence[Place], found: Counter[str]) -> None:
        """Those that are cut share what an application that ends has time for."""
        cap = self._policy.default_cap
        cut = [place for place in long if len(place[2]) > cap]
        whole = [place for place in long if len(place[2]) <= cap]
        many = len({text for _, _, text in cut})
        less = replace(self._policy, default_cap=max(SHARE, min(cap, ALL_CUT // max(1, many))))
        for policy, ones in ((self._policy, whole), (less, cut)):
            for at in range(0, len(ones), TOGETHER):
                self._each(ones[at : at + TOGETHER], found, policy)

    def _each(self, places: Sequence[Place], found: Counter[str], policy: Policy) -> list[Known]:
        """What is worth looking for is asked once, for all of them."""
        texts = {text: None for _, _, text in places}
        suspects = Suspects.within(strings_of(list(texts), policy))
        known = {text: _alone(text, suspects, policy) for text in texts}
        for container, at, text in places:
            container[at] = known[text][0]
            found.update(known[text][1])
        return [known[text] for _, _, text in places]

    def _forget(self, more: int) -> None:
        if len(self._redacted) + more > MOST_KNOWN:
            self._redacted.clear()

    def _walked(self, value: Any, found: Counter[str], *, key: Any = "", kind: str = "") -> Any:
        """The value as it may leave, by the rules of safetext."""
        suspects = Suspects.within(strings_of(value, self._policy))
        walk = Walk(self._policy, suspects)
        name = key if isinstance(key, str) else ""
        safe = walk.value(value, key=name, path="", depth=0, kind=kind)
        found.update(walk.redacted)
        return safe

    def _judged(self, value: Any, found: Counter[str], *, key: Any, kind: str) -> Any:
        """The value as it may leave, by what its key says that it is."""
        if kind is QUERY and type(value) is str:
            return self._query(value, found)
        if kind is RELEASE and type(value) is str and _is_release(value):
            return value
        if kind is AGENT and type(value) is str:
            return self._agent(value, found)
        named = "" if kind in (QUERY, RELEASE, AGENT) else kind
        return self._walked(value, found, key=key, kind=named)

    def _query(self, text: str, found: Counter[str]) -> str:
        """Behind a question mark, by which a form is known; a variable's has quotes round it."""
        at = len(text) - len(text.lstrip("'\""))
        safe: str = self._walked(f"{text[:at]}?{text[at:]}", found)
        return safe.replace("?", "", 1)

    def _agent(self, text: str, found: Counter[str]) -> str:
        """With the versions of its products, which stand aside while the rest is looked at."""
        versions = [product[2] for product in PRODUCT.finditer(text)]
        without = PRODUCT.sub(rf"\g<1>{NOBODY}", text)
        if without in self._known:
            return text
        safe: str = self._walked(without, found)
        if safe == without and _is_clean(without):
            self._remember([without])
            return text
        if len(PRODUCT.findall(safe)) != len(versions):
            return safe
        told = iter(versions)
        return PRODUCT.sub(lambda product: product[1] + next(told), safe)

    def _new(self, places: list[Place]) -> list[Place]:
        """Those whose text was never seen, or long ago."""
        known, before = self._known, self._before
        new = [
            place
            for place in places
            if place[2] not in before
            and (" at 0x" not in place[2] or _spelled(place[2]) not in known)
        ]
        if len(new) < len(places):
            known.update([text for _, _, text in places if text in before])
        return new

    def _unlike_before(self, places: list[Place], found: Counter[str]) -> list[Place]:
        """A line of source that looks like a secret comes with each event of its place. It is known
        by its hash, so that no secret is kept; what stands for it is safe whatever its hash."""
        rest = []
        for place in places:
            known = self._redacted.get((hash(place[2]), len(place[2])))
            if known is None:
                rest.append(place)
            else:
                place[0][place[1]] = known[0]
                found.update(known[1])
        return rest

    def _remember(self, texts: Sequence[str]) -> None:
        if len(self._known) + len(texts) > MOST_KNOWN:
            self._before, self._known = self._known, set()
        self._known.update(
            [
                text if " at 0x" not in text else _spelled(text)
                for text in texts
                if len(text) <= LONGEST_KNOWN and not _is_flag(text) and KEY not in text
            ]
        )


class _Look:
    """One look at a value: what is new, what is promised to be secret, what needs more care.

    It is what each event costs, however little is new in it: hence sets that are asked for
    membership, few calls, and one loop instead of a recursion.
    """

    def __init__(self, known: set[str], names: dict[str, str]) -> None:
        self.known = known
        self.names = names
        self.fresh: list[Place] = []
        self.promised: list[Place] = []
        self.unsafe: list[Any] = []
        self.pairs: list[list[Any]] = []  # perhaps of a name and what it promises

    def at(self, data: Json) -> None:
        pending: list[Any] = [data]
        while pending:
            container = pending.pop()
            if type(container) is dict:
                self._at_object(container, pending)
            else:
                self._at_list(container, pending)
        firsts = [one[0] for one in self.pairs if type(one[0]) is str]
        if firsts and _may_promise("\n".join(firsts)):
            self.unsafe += [one for one in self.pairs if _promises(one[0])]

    def _at_object(self, pairs: Json, pending: list[Any]) -> None:
        if named_value(pairs) or parameters_kind(pairs):  # a name is a value here
            self.unsafe.append(pairs)
            return
        known, names, fresh = self.known, self.names, self.fresh
        for key, value in pairs.items():
            if names.get(key) != ORDINARY and (kind := self._name(key)):
                self.promised.append((pairs, key, kind))
            elif type(value) is str:
                if value not in known:
                    fresh.append((pairs, key, value))
            elif type(value) in MANY:
                pending.append(value)
            elif not _is_small(value):
                self.promised.append((pairs, key, ORDINARY))

    def _at_list(self, items: list[Any], pending: list[Any]) -> None:
        if self._is_settled(items):
            return
        for index, item in enumerate(items):
            if type(item) is str:
                if item not in self.known:
                    self.fresh.append((items, index, item))
            elif type(item) in MANY:
                pending.append(item)
            elif not _is_small(item):
                self.promised.append((items, index, ORDINARY))

    def _is_settled(self, items: list[Any]) -> bool:
        """Nothing in it is new, or safetext looks at it as a whole."""
        if len(items) == 2:
            self.pairs.append(items)
        elif _are_known(items, self.known):
            return True
        if _has_flag(items):
            self.unsafe.append(items)
            return True
        return False

    def _name(self, key: Any) -> str:
        """The secret that a key promises."""
        known = self.names.get(key) if type(key) is str else UNSAFE
        if known is not None:
            return known
        if len(key) > NAMES or without_value(key) != key or not _is_clean(key):
            return UNSAFE
        kind = MARKERS.get(key.lower()) or secret_kind(key) or _marker(key)
        if len(key) <= LONGEST_KNOWN:
            if len(self.names) >= MOST_KNOWN:
                self.names.clear()
            self.names[key] = kind
        return kind


def _marker(key: str) -> str:
    if AGENT in key.lower() and is_agent(key):
        return AGENT
    return RELEASE if VERSIONED.search(key) else ORDINARY


def _alone(text: str, suspects: Suspects, policy: Policy) -> Known:
    walk = Walk(policy, suspects)
    return walk.value(text, key="", path="", depth=0), walk.redacted


def _told_apart(places: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """Those in which something may have to go, and those that may leave as they are: all are
    searched together, and the line that has changed tells where."""
    joined = "\n".join([text for _, _, text in places])
    bare = clean(joined)[0]
    safe = redact(bare)[0]
    if safe == joined:
        return [], list(places)
    if joined.count("\n") == bare.count("\n") == safe.count("\n"):
        return _by_lines(places, joined.split("\n"), safe.split("\n"))
    if len(places) <= BLOCK:  # a break has come or gone, so no line tells anything
        return list(places), []
    touched: list[Place] = []
    clear: list[Place] = []
    for at in range(0, len(places), BLOCK):
        part = _told_apart(places[at : at + BLOCK])
        touched += part[0]
        clear += part[1]
    return touched, clear


def _by_lines(
    places: Sequence[Place], lines: list[str], safe: list[str]
) -> tuple[list[Place], list[Place]]:
    touched: list[Place] = []
    clear: list[Place] = []
    at = 0
    for place in places:
        after = at + place[2].count("\n") + 1
        (clear if lines[at:after] == safe[at:after] else touched).append(place)
        at = after
    return touched, clear


@lru_cache(maxsize=256)
def _is_release(value: str) -> bool:
    """Nothing in it that looks like anything else than an address or a mailbox."""
    return VERSION.match(value) is not None and redact(value, LIKE_VERSIONS)[0] == value


def _is_small(value: Any) -> bool:
    """Nothing that needs a look: a small number, a switch, nothing at all."""
    kind = type(value)
    if kind is int or kind is float:
        return bool(-SHORT_NUMBER < value < SHORT_NUMBER)
    return value is None or kind is bool


def _has_flag(items: list[Any]) -> bool:
    """Whether one item is a flag, which tells what follows it."""
    return any(_is_flag(one) for one in items if type(one) is str)


def _is_flag(text: str) -> bool:
    return "-" in text[:DASHED] and ARGUMENT.match(text) is not None


def _may_promise(text: str) -> bool:
    """Whether the name of a secret may be in it; in most texts there is none at a glance."""
    low = text.lower()
    return any(needle in low for needle in NEEDLES) or not text.isascii()


def _promises(first: Any) -> bool:
    return type(first) is str and _may_promise(first) and secret_kind(first) is not None


def _spelled(text: str) -> str:
    """The text under which it is remembered."""
    return ADDRESS.sub(" at 0x0>", text)


def _are_known(items: list[Any], known: set[str]) -> bool:
    """Whether all are strings that were seen before: most lists are lines of source."""
    try:
        return known.issuperset(items)
    except TypeError:  # an object or a list among them
        return False


def _is_clean(text: str) -> bool:
    bare, _ = clean(text)
    return bare == text and redact(text)[0] == text


def _replace(container: Any, by: Any) -> None:
    if isinstance(container, dict):
        container.clear()
        container.update(by)
    else:
        container[:] = by
