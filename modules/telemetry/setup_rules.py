"""The rules of a project's set-up, in the order in which they are told. No rule reads anything."""

from dataclasses import replace
from datetime import datetime

from .setup_context import code_mappings, environments, ownership, releases, source_files
from .setup_findings import Finding, Fix, Seen, Wanted
from .setup_intake import filters, key_limits
from .setup_privacy import privacy
from .setup_retention import retention


def judge(seen: Seen, wanted: Wanted, *, now: datetime) -> tuple[Finding, ...]:
    """What is good, wanting, unknown or not applicable, what mends it, and what we can mend.

    GlitchTip's API for changing settings is another, so nothing is mended there.
    """
    found = _found(seen, wanted, now)
    return tuple(replace(one, fix=Fix()) for one in found) if seen.kind == "glitchtip" else found


def _found(seen: Seen, wanted: Wanted, now: datetime) -> tuple[Finding, ...]:
    return (
        *privacy(seen, wanted),
        filters(seen),
        key_limits(seen),
        environments(seen),
        releases(seen, now),
        source_files(seen),
        code_mappings(seen),
        retention(seen, wanted, now),
        ownership(seen),
    )
