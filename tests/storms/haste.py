"""A service that waits for nobody, as storms have no time; also its process that decides, as
`python -m storms.haste`."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

from mcp_servers.sentry_monitor.src import bootstrap, decider, deciding
from mcp_servers.sentry_monitor.src.cli.logs import HOWS
from modules.tracker.adapters import arrivals, outbox, words
from modules.tracker.adapters.github_issues import GitHubIssues

LEASE: Final = "STORM_LEASE_S"
BLIND: Final = "STORM_BLIND"
ROOT: Final = Path(__file__).parents[2]


def settings(lease_s: float, *, looks: bool = True) -> dict[str, str]:
    """Of its environment. Without a look trackers file what is filed already: the control."""
    where = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", LEASE: str(lease_s)}
    return where if looks else {**where, BLIND: "1"}


def prepare(lease_s: float, *, looks: bool = True) -> None:
    """What a killed process was at is due in seconds, and so is what failed, or came. There are no
    settings for it."""
    setattr(outbox, "LEASE", timedelta(seconds=lease_s))  # noqa: B010
    setattr(arrivals, "FIRST", timedelta(seconds=0.2))  # noqa: B010
    setattr(words, "AWAY_S", 0.3)  # noqa: B010
    setattr(bootstrap, "TRACKING_S", 0.1)  # noqa: B010
    setattr(deciding, "DECIDER", "storms.haste")  # noqa: B010
    if not looks:
        setattr(GitHubIssues, "find", _nothing)  # noqa: B010


async def _nothing(_: GitHubIssues, __: str) -> None:
    return None


if __name__ == "__main__":
    prepare(float(os.environ[LEASE]), looks=BLIND not in os.environ)
    decider.main(next(how for how in HOWS if how in sys.argv[1:]))
