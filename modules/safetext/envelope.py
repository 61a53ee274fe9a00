"""Mark text of strangers: a block that names its origin and that its content cannot close."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Final

from .controls import as_ascii, beyond_ascii, clean, flatten

# What a reader, or Unicode's compatibility forms, takes for `<` and for `/`.
OPENING: Final = "<\uff1c\ufe64\u2039\u226e\u2329\u27e8\u3008\u276c\u276e\u02c2\u1438"
SLASH: Final = "/\uff0f\u2044\u2215\u2571\u29f8"
HEX: Final = re.compile("[0-9a-fA-F]")  # what a tag is made of
PLAIN: Final = re.compile(r"(?i)<(?=[\s/]*+untrusted)")
# The word behind a bracket, with a letter's worth of accents at each letter.
ANY: Final = re.compile(rf"[{OPENING}](?=[\s{SLASH}]*+(\S{{1,40}}))")
# Letters of other scripts that look the same; compatibility forms are folded before.
LIKE_LATIN: Final = str.maketrans(
    "\u03c5\u057d\u0578\u0442\u03c4\u0433\u0455\u0435\u0454\u0501", "uunttrseed"
)


def mark(text: str, *, origin: str, writers: str) -> str:
    """The text between two lines that carry the same fresh tag."""
    tag = nonce([text, origin, writers])
    body = _without_lookalikes(text)
    head = f'<untrusted {tag} origin="{label(origin)}" writable_by="{label(writers)}">'
    return f"{head}\n{body}\n</untrusted {tag}>"


def _without_lookalikes(text: str) -> str:
    """No `<untrusted` or `</untrusted`, however it is spelled: readers do not compare tags."""
    if text.isascii():
        return PLAIN.sub(r"<\\", text) if "<" in text else text
    return ANY.sub(lambda found: "<\\" if _names_a_mark(found[1]) else found[0], text)


def _names_a_mark(word: str) -> bool:
    apart = unicodedata.normalize("NFKD", word).casefold()
    letters = "".join([char for char in apart if not unicodedata.combining(char)])
    return letters.translate(LIKE_LATIN).startswith("untrusted")


def nonce(texts: Iterable[str]) -> str:
    """A tag that cannot be guessed and occurs in none of the texts, however it is spelled."""
    flat = "\n".join(texts)
    if HEX.search(unicodedata.normalize("NFKC", "".join(beyond_ascii(flat)))):
        flat = unicodedata.normalize("NFKC", flat).casefold()
    flat = as_ascii(flat).lower()
    while (tag := secrets.token_hex(6)) in flat:
        pass
    return tag


def label(text: str) -> str:
    """A value for an attribute: one line without quotes and brackets."""
    line = flatten(clean(text)[0])
    for char, entity in (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;")):
        line = line.replace(char, entity)
    return line
