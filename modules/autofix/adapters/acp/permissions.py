"""Our answer where an agent asks whether it may: what it does stays inside the sandbox anyway, so
this only spares it detours."""

from collections.abc import Collection, Sequence
from typing import Final

READING: Final = frozenset(("read", "search", "think"))
CHANGING: Final = frozenset(("edit", "delete", "move", "execute"))
YES: Final = ("allow_once", "allow_always")
NO: Final = ("reject_once", "reject_always")


def may(kind: str | None, title: str, *, plan_only: bool, tools: Collection[str]) -> bool:
    """Kinds are those of the protocol ("Tool Calls"). `tools` are ours, which agents call `other`
    and name with or without their server; there is no network and no other mode to go to."""
    if kind in READING or (kind in CHANGING and not plan_only):
        return True
    return kind in (None, "other") and any(one in title for one in tools)


def choice(options: Sequence[tuple[str, str]], *, allowed: bool) -> str | None:
    """The id of the (id, kind) that says so, for this once where it can be; None where there is
    none, and then nothing is allowed."""
    wanted = YES if allowed else NO
    found = [(wanted.index(kind), one) for one, kind in options if kind in wanted]
    return min(found)[1] if found else None
