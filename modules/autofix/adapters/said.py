"""What is kept of what a child process says."""

from typing import Final

from modules.safetext.controls import clean
from modules.safetext.redaction import redact

BYTES_A_CHARACTER: Final = 4
TORN: Final = 4096  # characters at a cut in which the rest of a secret may stand


def kept(said: bytes, cap: int) -> str:
    """The end of what a process said: no terminal sequences, no secrets, `cap` characters."""
    tail = said[-BYTES_A_CHARACTER * cap :]
    text = tail.decode("utf-8", "replace")
    if len(tail) < len(said):
        line = text.find("\n", 0, TORN)
        text = text[line + 1 if line >= 0 else TORN :]
    return redact(clean(text)[0])[0].strip()[-cap:]
