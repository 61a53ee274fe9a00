"""Ways to spell a text so that a filter misses it and a reader does not; and to read it again."""

import html
import random
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import unquote

Rng = random.Random
Encoding = Callable[[Rng, str], str]

INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff\xad\u034f\ufe0f\U000e0001"
NOISE: Final = ("\x1b[0m", "\x07", "\x00", "\x9b0m", "\x1b]0;\x07", "\x08", "\x7f", "\u202e")
CONFUSABLE: Final = str.maketrans(
    "acdeijoprstuxy012",
    "\u0430\u0441\u0501\u0435\u0456\u0458\u043e\u0440\u0433\u0455\u0442\u03c5\u0445\u0443\u041e\u04c0\u01a8",
)
ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
# Written from Unicode's list of what is ignored by default, not from the code under test.
IGNORED: Final = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U000e001f\U000e007f-\U000e01ef"
    "\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
)
SEQUENCE: Final = re.compile(r"(?:\x1b\[|\x9b)[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b\n]*\x07")
TAGS: Final = {0xE0000 + code: code for code in range(0x20, 0x7F)}


def confusable(rng: Rng, text: str) -> str:
    """Letters of other scripts that look the same, here and there."""
    return "".join(c.translate(CONFUSABLE) if rng.random() < 0.5 else c for c in text)


def revealed(text: str) -> str:
    """What a patient reader makes of a text, however it is spelled."""
    bare = IGNORED.sub("", SEQUENCE.sub("", text).translate(TAGS))
    bare = unquote(html.unescape(ESCAPE.sub(lambda found: chr(int(found[1], 16)), bare)))
    apart = unicodedata.normalize("NFKD", bare)
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


def _between(marks: str | tuple[str, ...]) -> Encoding:
    def encode(rng: Rng, text: str) -> str:
        return "".join(char + (rng.choice(marks) if char.isalnum() else "") for char in text)

    return encode


def wide(rng: Rng, text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def mathematical(rng: Rng, text: str) -> str:
    first = rng.choice([0x1D41A, 0x1D5BA, 0x1D68A])
    return "".join(
        chr(first + ord(char) - ord("a")) if "a" <= char <= "z" else char for char in text
    )


def _tagged(rng: Rng, text: str) -> str:
    return text + "".join(chr(0xE0000 + ord(char)) for char in text if " " <= char <= "~")


def _percent(rng: Rng, text: str) -> str:
    return "".join(f"%{ord(c):02X}" if c.isascii() and rng.random() < 0.4 else c for c in text)


def _entities(rng: Rng, text: str) -> str:
    return "".join(f"&#{ord(c)};" if c.isascii() and rng.random() < 0.4 else c for c in text)


def _escaped(rng: Rng, text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if c.isascii() and rng.random() < 0.4 else c for c in text)


def _accented(rng: Rng, text: str) -> str:
    return "".join(c + "\u0301" * rng.choice([0, 0, 1, 9]) for c in text)


ENCODINGS: Final[Mapping[str, Encoding]] = {
    "plain": lambda rng, text: text,
    "zero-width": _between(INVISIBLE),
    "controls": _between(NOISE),
    "full-width": wide,
    "mathematical": mathematical,
    "tags": _tagged,
    "percent": _percent,
    "entities": _entities,
    "escaped": _escaped,
    "accented": _accented,
}
