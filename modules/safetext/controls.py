"""Strip what text must never carry: terminal sequences, invisible characters, direction tricks."""

import re
from typing import Final

# Whole terminal sequences first, or their parameters stay behind as text.
SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # CSI
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*+(?:\x07|\x1b\\|\x9c)?"  # OSC DCS SOS PM APC
    r"|\x1b[ -/]*+[0-~]?"
)
STARTS: Final = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")
# A lone carriage return overwrites a line.
BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
SPACES: Final = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
DROP: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero-width, bidi embeddings, overrides, isolates
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"  # fillers, variation selectors, BOM, annotation
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format controls, tags
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"  # the rest of category Cf
    "\U000110bd\U000110cd\U00013430-\U0001343f]"
)
# Surrogates, private use and noncharacters become U+FFFD: something was there.
MASK: Final = re.compile(
    "[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff"
    + "".join(f"{chr(p << 16 | 0xFFFE)}-{chr(p << 16 | 0xFFFF)}" for p in range(1, 15))
    + "]"
)
ACCENT: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]"
ACCENTS: Final = re.compile(ACCENT)
BEYOND: Final = re.compile("[^\x00-\x7f]")
STACKED: Final = re.compile(f"({ACCENT}{{3}}){ACCENT}++")


# Whatever clean() acts on, beyond ASCII.
SPECIAL: Final = re.compile(
    "|".join(one.pattern for one in (STARTS, BREAKS, SPACES, DROP, MASK, ACCENTS))
)


def clean(text: str) -> tuple[str, int]:
    """The text without controls, and how many characters went or were masked.

    Line breaks and spaces of other kinds become plain ones and are not counted.
    """
    others = "".join(beyond_ascii(text))
    if _is_plain(as_ascii(text)) and not (others and SPECIAL.search(others)):
        return text, 0
    alphabet = "".join(set(text))  # says at once which steps have nothing to do
    broken = SEQUENCES.sub("", text) if STARTS.search(alphabet) else text
    stripped = len(text) - len(broken)
    level = BREAKS.sub("\n", broken) if BREAKS.search(alphabet) else broken
    level = SPACES.sub(" ", level) if SPACES.search(alphabet) else level
    bare = DROP.sub("", level) if DROP.search(alphabet) else level
    bare, masks = MASK.subn("\ufffd", bare) if MASK.search(alphabet) else (bare, 0)
    bare = STACKED.sub(r"\1", bare) if ACCENTS.search(alphabet) else bare
    return bare, stripped + masks + len(level) - len(bare)


def beyond_ascii(text: str) -> set[str]:
    """The characters that are not ASCII, each once."""
    return set() if text.isascii() else set(BEYOND.findall(text))


def as_ascii(text: str) -> str:
    """The same length, anything else as `?`. Python searches text of one byte a character
    several times as fast."""
    return text if text.isascii() else text.encode("ascii", "replace").decode("ascii")


def flatten(text: str) -> str:
    """One line, words apart by one blank."""
    return " ".join(text.split())


def _is_plain(text: str) -> bool:
    """Printable ASCII, tabs and newlines: the common case, decided without a regex."""
    return text.replace("\n", "").replace("\t", "").isprintable()
