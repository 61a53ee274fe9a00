"""What a run comes to, as far as anybody can see it from outside."""

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`draft` is None without a pull request of ours; `reasons`, where
    they are expected, are all that the proof gives."""

    status: str
    outcome: str | None
    reason: str | None
    draft: bool | None = None
    pulls: int = 0
    notes: tuple[str, ...] = ()
    attempts: int = 0
    reasons: tuple[str, ...] | None = None
    pushed: bool = False  # whether the branch of the repair is at the forge

    def differences(self, seen: "Verdict") -> Iterator[str]:
        for name in (one.name for one in fields(self) if one.name != "pushed"):
            wanted, found = getattr(self, name), getattr(seen, name)
            if wanted != found and not (name == "reasons" and wanted is None):
                yield f"{name} is {found!r}, not {wanted!r}"
