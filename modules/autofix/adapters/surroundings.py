"""What a child process of a repair finds around it, and what is kept of what it says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from modules.outbound.processes import PLAIN_PATH
from modules.safetext.controls import clean
from modules.safetext.redaction import redact

BYTES_A_CHARACTER: Final = 4
TORN: Final = 4096  # characters at a cut in which the rest of a secret may stand


def environment(argv: Sequence[str], home: Path) -> dict[str, str]:
    """Built from nothing: none of our variables, a home of its own. `home` must be fresh."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    program = Path(argv[0])
    path = f"{program.parent}:{PLAIN_PATH}" if program.is_absolute() else PLAIN_PATH
    return {"PATH": path, "HOME": str(home), "TMPDIR": str(temporary), "LANG": "C.UTF-8"}


def kept(said: bytes, cap: int) -> str:
    """The end of what a process said: no terminal sequences, no secrets, `cap` characters."""
    tail = said[-BYTES_A_CHARACTER * cap :]
    text = tail.decode("utf-8", "replace")
    if len(tail) < len(said):
        line = text.find("\n", 0, TORN)
        text = text[line + 1 if line >= 0 else TORN :]
    return redact(clean(text)[0])[0].strip()[-cap:]
