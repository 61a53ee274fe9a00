"""One look for all needles together, in linear time, however many there are (RE2)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

import re2

Thing = TypeVar("Thing")


class Needles(Generic[Thing]):
    """Literals and RE2 patterns to look for, each with the thing that it stands for."""

    def __init__(
        self,
        exact: Iterable[tuple[str, Thing]],
        any_case: Iterable[tuple[str, Thing]],
        patterns: Iterable[tuple[str, Thing]] = (),
    ) -> None:
        self._set: Final[Any] = re2.Set.SearchSet()
        self._things: list[Thing] = []
        for needle, thing in exact:
            self._add(re2.escape(needle), thing)
        for needle, thing in any_case:
            self._add(f"(?i){re2.escape(needle)}", thing)
        for pattern, thing in patterns:
            self._add(pattern, thing)
        self._set.Compile()

    def within(self, text: str) -> Sequence[Thing]:
        """What occurs in ASCII text, in the order in which it was given."""
        return [self._things[at] for at in sorted(self._set.Match(text) or ())]

    def _add(self, pattern: str, thing: Thing) -> None:
        self._set.Add(pattern)
        self._things.append(thing)
