"""Paths that strangers name: of frames, of an agent's answer, of a diff."""

import re
import unicodedata
from typing import Final

LONGEST: Final = 1000
# No controls, nothing that means something to Windows or in a URL, as long as file systems take.
PART: Final = re.compile(r"[^\x00-\x1f\x7f\\:*?\"<>|]{1,255}")
GIT: Final = frozenset({".git", "git~1"})  # the second is what Windows calls the first
# File systems of macOS leave these out when they compare names, so `.g\u200cit` is `.git` there.
UNSEEN: Final = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def relative(path: str) -> str:
    """The path itself when it stays below the folder that it is joined to, on every file system
    and in every letter case. Raises ValueError."""
    if not path or len(path) > LONGEST or unicodedata.normalize("NFC", path) != path:
        raise ValueError("not a relative path")
    for part in path.split("/"):
        if not _safe(part):
            raise ValueError("unsafe path")
    return path


def _safe(part: str) -> bool:
    """An absolute path has an empty first part; `.`, `..` and `.git.` end with a dot or blank."""
    if PART.fullmatch(part) is None or part.rstrip(". ") != part:
        return False
    try:
        length = len(part.encode())
    except UnicodeEncodeError:  # half a surrogate pair names no file
        return False
    return length <= 255 and UNSEEN.sub("", part).casefold() not in GIT
