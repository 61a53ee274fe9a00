"""Mark text of strangers: a block that names its origin and that its content cannot close."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Final

from .controls import as_ascii, beyond_ascii, clean, flatten

# The brackets that a reader, or NFKC, takes for `<`.
OPENING: Final = ("<", "\uff1c", "\ufe64")
HEX: Final = re.compile("[0-9a-fA-F]")  # what a tag is made of
LOOKALIKE: Final = re.compile(r"(?i)[<\uff1c\ufe64](?=[\s/]{0,20}untrusted)")


def mark(text: str, *, origin: str, writers: str) -> str:
    """The text between two lines that carry the same fresh tag."""
    tag = nonce([text, origin, writers])
    body = LOOKALIKE.sub(r"<\\", text) if any(one in text for one in OPENING) else text
    head = f'<untrusted {tag} origin="{label(origin)}" writable_by="{label(writers)}">'
    return f"{head}\n{body}\n</untrusted {tag}>"


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
