"""The door: what text from outside passes through on its way to an agent, a person or a log."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from .controls import clean, flatten
from .envelope import label, mark, nonce
from .keys import is_placeholder, secret_kind
from .limits import REST, cut, rough
from .markdown import defuse, fence
from .redaction import Suspects, redact

PUBLIC: Final = "anyone with the public DSN"
MEMBER: Final = "members of the organization"
MODEL: Final = "a model"

CAPS: Final = MappingProxyType({"title": 200, "value": 1000, "message": 200, "text": 2000})
NAMES: Final = 1000  # longer ones are nobody's names
PATHS: Final = 20  # cuts that are named
HARMLESS: Final = 10**6  # below it, a number under the name of a secret is a count or a flag
FLAG: Final = re.compile(r"--?[A-Za-z][\w-]{0,60}\Z")
SMALL: Final = 4  # characters that a number, or the brackets round many, count for
SHORT_SECRETS: Final = frozenset(("password", "card", "one-time-code"))
SHORT_NUMBER: Final = 10**11  # cards have more digits
LONG_NUMBER: Final = 10**30


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


def for_data(
    value: object, *, origin: str, writers: str = PUBLIC, policy: Policy = STRICT
) -> dict[str, Any]:
    """JSON data between two tags that occur in none of its strings.

    Raises TypeError for what is not JSON.
    """
    strings = _strings(value, policy)
    walk = _Walk(policy, Suspects.within(strings))
    data = walk.value(value, key="", path="", depth=0)
    cuts = [walk.text(path, cap=policy.default_cap) for path in walk.cuts[:PATHS]]
    labels = {"origin": label(origin), "writable_by": label(writers)}
    tag = nonce([strings, *cuts, *labels.values()])
    notes = {"stripped": walk.stripped, "redacted": dict(walk.redacted), "cut": cuts}
    said = {name: note for name, note in notes.items() if note}
    return {"tag": tag, **labels, "data": data, **said, "end": tag}


def for_agent(text: str, *, origin: str, writers: str = PUBLIC, policy: Policy = STRICT) -> str:
    """One marked block; the length is the caller's affair."""
    return mark(_scrub(text, policy), origin=origin, writers=writers)


def marked(text: str, *, origin: str, writers: str = PUBLIC) -> str:
    """One marked block round what is made of `for_data`'s own words, so safe already."""
    return mark(text, origin=origin, writers=writers)


def for_line(text: object, cap: int = 200, policy: Policy = STRICT) -> str:
    """One line for a terminal, a log or a cell of a table."""
    seen, beyond = rough(text if isinstance(text, str) else str(text), cap)
    # Some secrets end where their line ends, so they are looked for before and after.
    line = _scrub(flatten(_scrub(seen, policy)), policy)
    return _settle(line, cap, beyond, lambda part: flatten(_scrub(part, policy)))


def for_markdown(text: str, cap: int = 2000, policy: Policy = STRICT) -> str:
    """A fenced block that no bot, forge or renderer acts on."""
    seen, beyond = rough(text, cap)
    return fence(defuse(_settle(_scrub(seen, policy), cap, beyond, lambda p: _scrub(p, policy))))


def _scrub(text: str, policy: Policy) -> str:
    return redact(clean(text)[0], policy.kept)[0]


def _settle(text: str, cap: int, beyond: int, scrub: Callable[[str], str]) -> str:
    """Cut, and look again: a cut can turn what was no secret into the likeness of one."""
    kept = cut(text, cap, beyond=beyond)
    for _ in range(4):
        if kept is text or (again := scrub(kept)) == kept:
            break
        kept = cut(again, cap)
    return kept


def _strings(value: object, policy: Policy) -> str:
    """Every string and key that may leave, a line each, cleaned before anything is decided."""
    lines: list[str] = []
    _gather(value, policy, lines, depth=0, most=4 * _longest(policy) + 1000)
    return clean("\n".join(lines))[0]


def _gather(value: object, policy: Policy, lines: list[str], *, depth: int, most: int) -> None:
    """No sequence that `clean` knows spans two lines, so lines can be cleaned together."""
    if isinstance(value, str):
        lines.append(value[:most])
    elif depth < policy.depth and isinstance(value, dict):
        for key, inner in islice(value.items(), policy.items + 1):
            lines.append(str(key)[:most])
            _gather(inner, policy, lines, depth=depth + 1, most=most)
    elif depth < policy.depth and isinstance(value, list | tuple):
        for inner in islice(value, policy.items + 1):
            _gather(inner, policy, lines, depth=depth + 1, most=most)


def _longest(policy: Policy) -> int:
    return max([policy.default_cap, *policy.caps.values()])


class _Walk:
    """One pass over a value, and what it took away."""

    def __init__(self, policy: Policy, suspects: Suspects) -> None:
        self.policy = policy
        self.kept = policy.kept
        self.caps, self.cap, self.total = policy.caps, policy.default_cap, policy.total
        self.suspects = suspects
        self.fine = suspects.fine
        self.spent = 0
        self.stripped = 0
        self.redacted: Counter[str] = Counter()
        self.cuts: list[str] = []
        self.names: dict[object, tuple[str, str]] = {}

    def value(self, value: object, *, key: str, path: str, depth: int, kind: str = "") -> Any:
        """The value as it may leave; `kind` names the secret that its key promises."""
        if isinstance(value, str):
            return self._string(value, key=key, path=path, kind=kind)
        self.spent += SMALL
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._number(value, path=path, kind=kind)
        if not isinstance(value, dict | list | tuple):
            raise TypeError(f"not JSON: {type(value).__name__}")
        return self._many(value, key=key, path=path, depth=depth, kind=kind)

    def text(self, text: str, *, cap: int, path: str | None = None) -> str:
        """One string: cleaned, redacted, cut."""
        if len(text) <= cap and text in self.fine:
            self.spent += len(text)
            return text
        seen, beyond = rough(text, cap)
        bare = self._scrub(seen)
        kept = _settle(bare, cap, beyond, self._scrub)
        if kept != bare and path is not None:
            self.cuts.append(path)
        self.spent += len(kept)
        return kept

    def _string(self, text: str, *, key: str, path: str, kind: str) -> str:
        if kind and not is_placeholder(text):
            return self._secret(kind)
        cap = self.caps.get(key, self.cap)
        return self.text(str.__str__(text), cap=cap, path=path)

    def _number(self, number: int | float, *, path: str, kind: str) -> int | float | str:
        if kind and abs(number) >= (100 if kind in SHORT_SECRETS else HARMLESS):
            return self._secret(kind)
        if -SHORT_NUMBER < number < SHORT_NUMBER:
            return number
        if isinstance(number, float):
            finite = number - number == 0
            return number if finite else str(number)
        if abs(number) >= LONG_NUMBER:
            # Python refuses to print integers of many thousand digits.
            exact = number.bit_length() <= 10_000
            spelled = str(number) if exact else f"integer of {number.bit_length():,} bits"
            return self.text(spelled, cap=self.policy.default_cap, path=path)
        spelled = self._scrub(str(number))
        return spelled if "[" in spelled else number

    def _many(
        self,
        many: dict[Any, Any] | list[Any] | tuple[Any, ...],
        *,
        key: str,
        path: str,
        depth: int,
        kind: str,
    ) -> Any:
        if depth >= self.policy.depth:
            self.cuts.append(path)
            return "…"
        if isinstance(many, dict):
            return self._object(many, path=path, depth=depth + 1, kind=kind)
        return self._list(many, key=key, path=path, depth=depth + 1, kind=kind)

    def _object(self, pairs: dict[Any, object], *, path: str, depth: int, kind: str) -> Any:
        done: dict[str, Any] = {}
        named = pairs.get("key", pairs.get("name")) if "value" in pairs else None
        for raw, value in islice(pairs.items(), self._room(pairs)):
            if self.spent > self.total and not _is_rest(value):
                break
            known = self.names.get(raw)  # frames and breadcrumbs repeat theirs
            name, promised = known or self._name(raw)
            self.spent += len(name)
            if name in done:
                name = _another(name, done)
            inner = promised or kind
            if named is not None and name == "value":
                inner = _promised_by(named) or inner
            # Most strings of most answers leave as they are, decided at once.
            if not inner and type(value) is str and value in self.fine:
                size = len(value)
                if size <= self.caps.get(name, self.cap):
                    self.spent += size
                    done[name] = value
                    continue
            where = f"{path}.{name}" if path else name
            done[name] = self.value(value, key=name, path=where, depth=depth, kind=inner)
        if rest := len(pairs) - len(done):
            self.cuts.append(path)
            done["…"] = f"{rest:,} more"
        return done

    def _list(
        self, items: list[Any] | tuple[Any, ...], *, key: str, path: str, depth: int, kind: str
    ) -> list[Any]:
        done: list[Any] = []
        cap = self.caps.get(key, self.cap)
        for index, item in enumerate(islice(items, self._room(items))):
            if self.spent > self.total and not _is_rest(item):
                break
            inner = _promised(items, index) or kind
            if not inner and type(item) is str and len(item) <= cap and item in self.fine:
                self.spent += len(item)
                done.append(item)
                continue
            where = f"{path}[{index}]"
            done.append(self.value(item, key=key, path=where, depth=depth, kind=inner))
        if rest := len(items) - len(done):
            self.cuts.append(path)
            done.append(f"… {rest:,} more")
        return done

    def _room(self, many: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> int:
        """How many entries stay; one more where that one says how many were cut before."""
        most = self.policy.items
        if len(many) != most + 1:
            return most
        return most + _is_rest(
            next(reversed(many.values())) if isinstance(many, dict) else many[-1]
        )

    def _name(self, raw: object) -> tuple[str, str]:
        """A key as it may leave, and the secret that it promises."""
        if not isinstance(raw, str | int | float | None):
            raise TypeError(f"not a JSON key: {type(raw).__name__}")
        spelled = raw if isinstance(raw, str) else str(raw)
        found = self.text(spelled, cap=self.policy.default_cap), _promised_by(raw)
        if isinstance(raw, str):  # 1 and True are equal, and no keys of JSON
            self.names[raw] = found
        return found

    def _scrub(self, text: str) -> str:
        bare, stripped = clean(text)
        safe, kinds = redact(bare, self.kept, self.suspects)
        self.stripped += stripped
        if kinds:
            self.redacted.update(kinds)
        return safe

    def _secret(self, kind: str) -> str:
        self.redacted[kind] += 1
        self.spent += len(kind) + 11
        return f"[redacted:{kind}]"


def _another(name: str, taken: Mapping[str, Any]) -> str:
    """Two keys that read the same once they are safe stay apart."""
    number, unique = 2, f"{name} (2)"
    while unique in taken:
        number += 1
        unique = f"{name} ({number})"
    return unique


def _is_rest(value: object) -> bool:
    """Whether it says how many were cut before."""
    return isinstance(value, str) and REST.match(value) is not None


def _promised(items: list[Any] | tuple[Any, ...], index: int) -> str:
    """The secret that the first half of a [key, value] pair promises for the second, or a flag
    of a command line for what follows it."""
    if index == 0 or not isinstance(items[index - 1], str):
        return ""
    before = items[index - 1]
    pair = index == 1 and len(items) == 2
    return _promised_by(before) if pair or FLAG.match(before) else ""


def _promised_by(name: object) -> str:
    return _kind_of(name[:NAMES]) if isinstance(name, str) else ""


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> str:
    return secret_kind(clean(name)[0]) or ""
