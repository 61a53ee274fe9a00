"""One pass over JSON data: every string and key cleaned, redacted and cut."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

from .arguments import promised_by_program
from .controls import clean
from .keys import SHORT_SECRETS, is_harmless, secret_kind
from .limits import REST, rough, settle
from .policy import Policy
from .redaction import Suspects, redact
from .statements import PARAMETERS, parameters_kind
from .validation import MISSING, promised_by

Number = TypeVar("Number", int, float)
NAMES: Final = 1000  # longer ones are nobody's names
HARMLESS: Final = 10**6  # below it, a number under the name of a secret is a count or a flag
# Also as it is represented: a local that is a list comes from Sentry's SDK as `["'--password'", …]`.
FLAG: Final = re.compile(r"(?:[bBrRuUfF]{0,2}[\"'])?--?[A-Za-z][\w-]{0,60}[\"']?\Z")
# A key that holds a value as well, of letters and digits.
WITH_VALUE: Final = re.compile(
    r"([\"']?[\w.-]{1,60}:?)[ \t]{1,4}(?=[^\s]{0,200}\d)(?=[^\s]{0,200}[A-Za-z])[^\s]{8,}\Z"
)
NAMED_BY: Final = ("key", "Key", "name", "Name")
SMALL: Final = 4  # characters that a number, or the brackets round many, count for
SHORT_NUMBER: Final = 10**11  # cards have more digits
LONG_NUMBER: Final = 10**30


def strings_of(value: object, policy: Policy) -> str:
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


class Walk:
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
        kept = settle(bare, cap, beyond, self._scrub)
        if kept != bare and path is not None:
            self.cuts.append(path)
        self.spent += len(kept)
        return kept

    def _string(self, text: str, *, key: str, path: str, kind: str) -> str:
        if kind and not is_harmless(key, text):
            return self._secret(kind)
        cap = self.caps.get(key, self.cap)
        return self.text(str.__str__(text), cap=cap, path=path)

    def _number(self, number: int | float, *, path: str, kind: str) -> int | float | str:
        if kind and abs(number) >= (100 if kind in SHORT_SECRETS else HARMLESS):
            return self._secret(kind)
        if -SHORT_NUMBER < number < SHORT_NUMBER:
            return number
        if isinstance(number, float):
            return self._float(number)
        if abs(number) < LONG_NUMBER:
            return self._unless_redacted(number, str(number))
        # Python refuses to print integers of many thousand digits.
        exact = number.bit_length() <= 10_000
        spelled = str(number) if exact else f"integer of {number.bit_length():,} bits"
        return self.text(spelled, cap=self.policy.default_cap, path=path)

    def _float(self, number: float) -> float | str:
        if number - number != 0:
            return str(number)  # JSON knows no infinity
        if number % 1 or abs(number) >= LONG_NUMBER:
            return number
        return self._unless_redacted(number, str(int(number)))

    def _unless_redacted(self, number: Number, spelled: str) -> Number | str:
        safe = self._scrub(spelled)
        return safe if "[" in safe else number

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
        named = named_value(pairs)
        bound = parameters_kind(pairs)
        for raw, value in islice(pairs.items(), self._room(pairs)):
            if self.spent > self.total and not _is_rest(value):
                break
            known = self.names.get(raw)  # frames and breadcrumbs repeat theirs
            name, promised = known or self._name(raw)
            self.spent += len(name)
            if name in done:
                name = _another(name, done)
            inner = promised or (bound if raw in PARAMETERS else "") or kind
            if name == named:
                inner = _told_beside(pairs, named) or inner
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
        bare = self.text(without_value(spelled), cap=self.policy.default_cap)
        found = bare, _promised_by(raw)
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


def named_value(pairs: Mapping[Any, object]) -> str:
    """The key under which the value stands of `{"name": …, "value": …}` and the like; empty where
    there is none."""
    if "key" in pairs or "name" in pairs:
        return "value" if "value" in pairs else "val" if "val" in pairs else ""
    if "Key" in pairs or "Name" in pairs:
        return "Value" if "Value" in pairs else ""
    return "input" if "loc" in pairs and "input" in pairs else ""


def _told_beside(pairs: Mapping[Any, object], named: str) -> str:
    """What the name promises that stands beside the value."""
    if named != "input":
        return next((_promised_by(pairs[one]) for one in NAMED_BY if one in pairs), "")
    names, kind = pairs["loc"], pairs.get("type")
    if MISSING in str(kind) or not isinstance(names, list | tuple):
        return ""
    return promised_by(names)


def _promised(items: list[Any] | tuple[Any, ...], index: int) -> str:
    """The secret that the first half of a [key, value] pair promises for the second, or a flag
    of a command line for what follows it."""
    if index == 0 or not isinstance(items[index - 1], str):
        return ""
    before = items[index - 1]
    pair = index == 1 and len(items) == 2
    kind = _promised_by(before) if pair or FLAG.match(before) else ""
    return kind or promised_by_program(items, index)


def without_value(name: str) -> str:
    """A name that has its secret behind it: `password hunter2`."""
    told = WITH_VALUE.match(name)
    kind = _promised_by(told[1]) if told else ""
    return f"{told[1]} [redacted:{kind}]" if told and kind else name


def _promised_by(name: object) -> str:
    return _kind_of(name[:NAMES]) if isinstance(name, str) else ""


@lru_cache(maxsize=1024)
def _kind_of(name: str) -> str:
    return secret_kind(clean(name)[0]) or ""
