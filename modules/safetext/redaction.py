"""Replace secrets and personal data in text by what they were."""

import re
from collections import Counter
from typing import Final

TOKEN: Final = re.compile(r"\[redacted:[a-z0-9-]{1,40}\]")
FIRST: Final = (("github-token", re.compile(r"gh[pousr]_[A-Za-z0-9]{16,255}+")),)


def redact(text: str, kept: frozenset[str] = frozenset()) -> tuple[str, Counter[str]]:
    """The text without secrets, and how many of each kind there were."""
    found: Counter[str] = Counter()
    for kind, pattern in FIRST:
        text, times = pattern.subn(f"[redacted:{kind}]", text)
        if times:
            found[kind] += times
    return text, found
