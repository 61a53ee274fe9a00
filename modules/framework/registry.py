"""The ordered list of operations: tools, commands and documentation are read from it."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from .errors import UnknownOperation
from .operation import Operation

Services = TypeVar("Services")


class Registry(Generic[Services]):
    """Operations by name, in the order given."""

    def __init__(self, operations: Iterable[Operation[Services]]) -> None:
        self._by_name: dict[str, Operation[Services]] = {}
        for one in operations:
            if one.name in self._by_name:
                raise ValueError(f"two operations are called {one.name!r}")
            self._by_name[one.name] = one

    def __iter__(self) -> Iterator[Operation[Services]]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def names(self) -> list[str]:
        return list(self._by_name)

    def find(self, name: str) -> Operation[Services]:
        """Raises UnknownOperation, with the nearest name."""
        try:
            return self._by_name[name]
        except KeyError:
            near = difflib.get_close_matches(name.replace("_", "-"), self.names, n=1, cutoff=0.5)
            raise UnknownOperation(name, known=self.names, near=near) from None
