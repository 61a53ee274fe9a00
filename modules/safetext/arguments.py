"""What a program's arguments promise when each is an item of a list: `["sshpass", "-p", "…"]`."""

import re
from collections.abc import Sequence
from typing import Final

LITERAL: Final = re.compile(r"[bBrRuUfF]{0,2}([\"'])(.*)\1\Z", re.DOTALL)
# The flag before a password; for curl it is the user's name and the password.
FLAGS: Final = {
    "sshpass": "-p",
    "redis-cli": "-a",
    "mongo": "-p",
    "mongosh": "-p",
    "mongodump": "-p",
    "mongorestore": "-p",
    "ldapsearch": "-w",
    "ldapmodify": "-w",
    "docker": "-p",
    "podman": "-p",
    "buildah": "-p",
    "curl": "-u",
}
LOGIN: Final = frozenset(("docker", "podman", "buildah"))
# Those that take `-psecret`, without a blank.
GLUED: Final = frozenset(
    ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump", "sshpass")
)
FIRST: Final = 4  # the program stands among so many: `sudo -n mysql`
# A flag, perhaps with its value, also as Python represents it.
ARGUMENT: Final = re.compile(r"(?:[bBrRuUfF]{0,2}[\"'])?--?[A-Za-z]")
DASHED: Final = 4  # among so many characters a flag has its dash


def promised_by_program(items: Sequence[object], index: int) -> str:
    """The kind of secret that the item is by its place on a command line."""
    item, before = items[index], items[index - 1]
    if not isinstance(item, str) or not isinstance(before, str):
        return ""
    if "-" not in before[:DASHED] and "-p" not in item[:DASHED]:
        return ""
    program = next((one for one in map(_program, items[:FIRST]) if one), "")
    glued = program in GLUED and re.match(r"-p[^-]...", _bare(item))
    if glued or (FLAGS.get(program) == _bare(before) and _logs_in(program, items, index)):
        return "basic-auth" if program == "curl" else "password"
    return ""


def _logs_in(program: str, items: Sequence[object], index: int) -> bool:
    """Whether the program's flag is about a password here: `docker run -p` is about a port."""
    if program == "curl":
        return ":" in str(items[index])
    return program not in LOGIN or any(_bare(one) == "login" for one in items[:index])


def _program(item: object) -> str:
    name = _bare(item).rpartition("/")[2]
    return name if name in FLAGS or name in GLUED else ""


def _bare(item: object) -> str:
    """Without the quotes that it has as a local variable of Sentry's SDK."""
    if not isinstance(item, str):
        return ""
    literal = LITERAL.match(item)
    return literal[2] if literal else item
