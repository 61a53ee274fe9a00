"""Reading values out of JSON that may lack keys, spell them otherwise, or hold null.

Real servers leave out what the schema requires, mix camelCase with snake_case and send ids as
numbers or strings; a wrong type reads as absent.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

Json = Mapping[str, Any]
MOST: Final = 2**53
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def get(data: object, name: str) -> Any:
    """`data[name]`, or its snake_case twin; None if absent."""
    if not isinstance(data, dict):
        return None
    value = data.get(name)
    return data.get(_snake(name)) if value is None else value


@cache  # the names are our own words
def _snake(name: str) -> str:
    return _CAMEL.sub(r"_\1", name).lower()


def text(data: object, name: str) -> str:
    """A string; a number becomes one; else empty."""
    value = get(data, name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def number(data: object, name: str) -> int:
    """A count, also from a string; else 0."""
    value = get(data, name)
    try:
        return _count(value) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0


def flag(data: object, name: str) -> bool | None:
    """True, False, or None if absent or something else."""
    value = get(data, name)
    return value if isinstance(value, bool) else None


def child(data: object, name: str) -> Json:
    """An object; else an empty one."""
    value = get(data, name)
    return value if isinstance(value, dict) else {}


def children(data: object, name: str) -> list[Any]:
    """A list; else an empty one."""
    value = get(data, name)
    return value if isinstance(value, list) else []


def objects(data: object) -> list[Json]:
    """The objects in a list; whatever else is in it is left out."""
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def pairs(data: object) -> list[tuple[str, str]]:
    """`[["a", "b"], …]` or `[{"key": "a", "value": "b"}, …]` or `{"a": "b"}` as pairs."""
    if isinstance(data, dict):
        return [(str(key), _plain(value)) for key, value in data.items()]
    found: list[tuple[str, str]] = []
    for one in data if isinstance(data, list) else []:
        if isinstance(one, dict):
            found.append((text(one, "key"), _plain(get(one, "value"))))
        elif isinstance(one, list) and len(one) == 2:
            found.append((_plain(one[0]), _plain(one[1])))
    return found


def counts(data: object) -> list[int]:
    """A series; empty buckets (null) count 0."""
    values = data if isinstance(data, list) else []
    return [number({"it": one}, "it") for one in values]


def _count(value: float | str) -> int:
    """Nothing is counted below 0, or so high that dividing it overflows."""
    found = int(value)
    return found if 0 <= found < MOST else 0


def _plain(value: object) -> str:
    return "" if value is None else str(value)
