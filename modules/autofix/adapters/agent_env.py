"""What every agent finds in its environment, beside what the sandbox puts there."""

from collections.abc import Mapping
from typing import Final

AGENT_ENV: Final[Mapping[str, str]] = {
    "TERM": "dumb",
    "PYTHONDONTWRITEBYTECODE": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_COUNT": "1",  # the worktree belongs to another user, as git sees it in there
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
