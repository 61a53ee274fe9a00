"""Rules for secrets as command lines, statements, addresses and lists of settings spell them.

Each as in `kinds`: kind, needle in small letters, how far before it a match begins, the pattern.
"""

from typing import Final

Row = tuple[str, str, int, str]
MARK: Final = r"\\{0,128}+[\"']"
# A value that is none of `$PASSWORD`, `<password>`, `{password}`, `[redacted:…]`, `-v`.
VALUE: Final = r"((?![$<{%*\[-])[^\s\"'\\]{3,}+)"
# From a program to one of its flags, from a flag to its value: on a line, or as items of a list.
ARGUMENTS: Final = r"(?=[\s\"'])[^\n|;&]{0,300}?[\s\"']"
NEXT: Final = r"(?:[ \t]{1,4}|[\"'],[ \t]{0,2}[bBuU]?[\"'])[\"']?"
# The flag of a program that takes a password, and what follows the program's name before it.
FLAGS: Final = (
    ("redis-cli", "", "-a"),
    ("mongo", r"(?:[a-z]{1,8})?", rf"-p(?!{NEXT}2701[789](?![^\s\"',]))"),  # its port
    ("ldap", r"[a-z]{1,8}", "-w"),
    ("docker", f"{NEXT}login", "-p"),
    ("podman", f"{NEXT}login", "-p"),
    ("buildah", f"{NEXT}login", "-p"),
)
# Of `-psecret`, without a blank.
GLUED: Final = ("mysql", "mariadb")
# `default login with password reset`
PROSE: Final = r"(?!login\s{1,8}(?:and|by|form|has|is|needs|or|page|using|via|with|without)\s)"
NETRC: Final = r"login\s{1,8}[^\s,;:]{1,255}\s{1,8}password\s{1,8}"
COMMANDS: Final[tuple[Row, ...]] = (
    *[
        ("password", name, 0, rf"(?i:{name}{more}){ARGUMENTS}{flag}{NEXT}{VALUE}")
        for name, more, flag in FLAGS
    ],
    *[
        (
            "password",
            name,
            0,
            rf"(?i:{name}(?:-?[a-z]{{1,8}})?){ARGUMENTS}-p(?![-$<{{%*])([^\s\"'\\]{{4,}}+)",
        )
        for name in GLUED
    ],
    ("password", "sshpass", 0, rf"(?i:sshpass){NEXT}-p(?:{NEXT})?{VALUE}"),
    (
        "basic-auth",
        "curl",
        0,
        r"(?i)\bcurl\b[^\n]{0,300}?[\s\"'](?:-u|--user)"
        rf"(?:{NEXT}|=[\"']?)?[^\s:'\"]{{1,64}}:([^\s'\"]+)",
    ),
    ("password", "machine", 0, rf"(?i)machine\s{{1,8}}\S{{1,255}}\s{{1,8}}{NETRC}{VALUE}"),
    ("password", "default", 0, rf"(?i)default\s{{1,8}}{PROSE}{NETRC}{VALUE}"),
)

# Shows 80 characters of the arguments, and may tear one.
POPEN: Final[Row] = (
    "secret", "<popen: ", 0, r"(?i)<popen: [^\n]{0,120}?\s[bB]?[\"']?([^\s\[\"']{4,100}\.\.\.)>"
)  # fmt: skip

QUOTED: Final = rf"{MARK}(?![%$<{{:?*])((?:[^\"'\\\n]|'')++)"
WHO: Final = r"\s(?:user|role)\s{1,4}(?:if\s{1,4}(?:not\s{1,4})?exists\s{1,4})?\S{1,130}"
BY: Final = (
    r"\s{1,4}identified\s{1,4}(?:with\s{1,4}\S{1,60}\s{1,4})?(?:by|as)\s{1,4}(?:password\s{1,4})?"
)
STATEMENTS: Final[tuple[Row, ...]] = (
    (
        "password",
        "password",
        0,
        rf"(?i)(?:(?<=with )|(?<=encrypted )|(?<=by ))password\s{{1,4}}{QUOTED}",
    ),
    *[
        ("password", verb, 0, rf"(?i){verb}{WHO}{BY}{value}")
        for verb in ("create", "alter")
        for value in (QUOTED, VALUE)
    ],
    (
        "password",
        "set password",
        0,
        rf"(?i)set password\s{{1,4}}for\s{{1,4}}\S{{1,130}}\s{{0,4}}=\s{{0,4}}{QUOTED}",
    ),
    ("password", "grant", 0, rf"(?i)grant\s[^\n;]{{1,200}}?\sto\s{{1,4}}\S{{1,130}}{BY}{QUOTED}"),
)

# `"name": "DB_PASSWORD", "value": "x"`: the name ends with what is secret.
NAME: Final = (
    rf"{MARK}\s{{0,3}}:\s{{0,3}}[bu]?{MARK}[\w .:/-]{{0,60}}?"
    r"(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?|(?:api|secret|access|private)[_-]?key)"
    rf"[\d_]{{0,3}}{MARK}\s{{0,3}},\s{{0,3}}[bu]?{MARK}val(?:ue)?{MARK}\s{{0,3}}:\s{{0,3}}[bu]?{MARK}"
    r"([^\"'\\\n]{4,}+)"
)
SETTINGS: Final[tuple[Row, ...]] = tuple(
    ("secret", f"{name}{mark}", 0, rf"(?i){name}{NAME}")
    for name in ("name", "key")
    for mark in ("'", '"', "\\")
)

# A long word in which letters and digits stand beside each other: no title, no date.
RANDOM: Final = r"(?=[\w.~%=-]{0,60}?(?:\d[A-Za-z]|[A-Za-z]\d))"
# Words and small numbers between dashes, the number of an order with its date.
ENDED: Final = r"/?(?:[\s\"'?#<>),;\]&]|\Z)"
NO_TOKEN: Final = (
    r"(?!(?:(?:[a-z]{2,20}|\d{1,4}|[a-z]\d{1,2})(?:-(?:[a-z]{2,20}|\d{1,4}|[a-z]\d{1,2})){0,9}"
    r"|(?-i:[A-Z]{2,5})-?20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[\dA-Z-]{0,12})"
    + ENDED
    + ")"
)
ENDS: Final = f"(?={ENDED})"
PATHS: Final = (
    ("reset", ""),
    ("activat", "(?:e|ion)"),
    ("invit", "(?:e|ation)s?"),
    ("magic", ""),
    ("confirm", "(?:ation)?"),
    ("verif", "(?:y|ication)"),
)
ADDRESSES: Final[tuple[Row, ...]] = (
    # With a state beside it, it is OAuth's, of whatever length.
    ("authorization", "code=", 0, r"(?i)(?<=[?&])code=([\w.~%/+-]{6,}+)(?=&state=)"),
    (
        "authorization",
        "state=",
        0,
        r"(?i)(?<=[?&])state=[\w.~%/+=-]{1,200}+&code=([\w.~%/+-]{6,}+)",
    ),
    ("authorization", "code=", 0, rf"(?i)(?<=[?&])code=({RANDOM}[\w.~%/+-]{{20,}}+)"),
    ("csrf", "state=", 0, rf"(?i)(?<=[?&])state=({RANDOM}[\w.~%/+=-]{{24,}}+)"),
    *[
        (
            "token",
            needle,
            0,
            rf"(?i){needle}{more}[\w-]{{0,20}}/(?:[\w-]{{1,30}}/){{0,2}}?"
            rf"({NO_TOKEN}{RANDOM}[\w~%=-]{{20,}}+){ENDS}",
        )
        for needle, more in PATHS
    ],
)
SPELLED: Final = (*COMMANDS, POPEN, *STATEMENTS, *SETTINGS, *ADDRESSES)
