"""What is kept of what a child process says."""

from typing import Final

from modules.safetext.controls import clean
from modules.safetext.redaction import redact
from modules.safetext.sinks import for_line

BYTES_A_CHARACTER: Final = 4
TORN: Final = 4096  # characters at a cut in which the rest of a secret may stand
END: Final = 8000  # characters in which last words are looked for
BEFORE: Final = 40  # characters below which what came before the last line tells nothing


def kept(said: bytes, cap: int) -> str:
    """The end of what a process said: no terminal sequences, no secrets, `cap` characters."""
    tail = said[-(BYTES_A_CHARACTER * cap + TORN) :]
    text = tail.decode("utf-8", "replace")
    if len(tail) < len(said):
        line = text.find("\n", 0, TORN)
        text = text[line + 1 if line >= 0 else TORN :]
    return redact(clean(text)[0])[0].strip()[-cap:]


def last_words(said: bytes, cap: int) -> str:
    """Why it ended, on one line: the last line that a process said, then the end of what came
    before. In this order, since whoever cuts a message further cuts its end."""
    lines = [line for line in kept(said, END).splitlines() if line.strip()]
    if not lines:
        return ""
    last = for_line(lines[-1], cap)
    before = for_line(" / ".join(lines[:-1]), END)
    room = cap - len(last) - len(" (before it: … )")
    if not before or room < BEFORE:
        return last
    cut = before if len(before) <= room else f"… {before[-room:].lstrip()}"
    return for_line(f"{last} (before it: {cut})", cap)
