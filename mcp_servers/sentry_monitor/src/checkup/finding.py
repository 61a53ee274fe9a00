"""What came of trying one thing."""

from dataclasses import dataclass

from modules.framework.errors import ModuleError, in_full


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. `reason` is empty where it is well; else what to do is in `told`.
    What only `warns` is worth a look, and stops nothing."""

    what: str
    told: str
    reason: str = ""
    warns: bool = False


def refused(what: str, error: ModuleError) -> Finding:
    return Finding(what, in_full(error), error.code)
