"""Versions of four numbers, which look like addresses: what stands around them tells which."""

import re
from typing import Final

# What stands before a version of four numbers. A name and a slash alone are Java's `host/10.1.2.3`.
PRODUCTS: Final = (
    "Brave Chrome Chromium CriOS DuckDuckGo Edg EdgA Edge EdgiOS Electron Firefox FxiOS HeadlessChrome "
    "Instagram MSIE OPR OPT OPiOS Opera PTST SamsungBrowser Silk UCBrowser Version Vivaldi WebView "
    "Whale YaBrowser"
)
VERSIONED: Final = re.compile(
    rf"(?:\b(?:{'|'.join(PRODUCTS.split())})[/ ]"
    r"|(?:\b(?:\w{0,20}_)?[Vv]ersion|\bVERSION|[a-z]Version|\b[Rr]elease|\b[Bb]uild)"
    r"[\"']?(?:[ \t]?[:=])?[ \t]?[\"']?"
    r"|(?P<package>\b[A-Za-z][\w.-]{0,60})(?:\[[\w,-]{1,40}\])?[=~!><]=)\Z"
)
ADDRESSED: Final = re.compile(
    r"(?i)(?:\A|[._-])(?:ip|src|dst|host|peer|client|server|node|from|to|\w{0,20}addr\w{0,20})\Z"
)
BEFORE: Final = 110
# How all of that ends: most addresses stand behind something else, which this tells at once.
ENDING: Final = re.compile(r"(?:/|\w[-@]|[=~!><]=|[A-Za-z][\"']?(?:[ \t]?[:=])?[ \t]?[\"']?)\Z")
# `pkg-1.2.3.4.tar.gz`, `/opt/app-1.2.3.4/bin`
WORD: Final = re.compile(r"[\w./-]*+")
NAME: Final = re.compile(r"[A-Za-z][\w.-]*\Z")
PACKAGE: Final = re.compile(
    r"(?:-(?:py[23]|cp3\d|pp3\d)[\w.-]*\.whl|\.(?:whl|jar|war|deb|rpm|gem|egg|nupkg))\b"
)
ARCHIVE: Final = re.compile(r"\.(?:tar\b|tgz\b|zip\b)")
PRIVATE: Final = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.")
SOFTWARE: Final = re.compile(r"(?:\A|/)(?:opt|usr|lib|lib64|site-packages|Cellar)/\Z")
# `image shop:1.2.3.4`, `ghcr.io/acme/shop:1.2.3.4`
IMAGE: Final = re.compile(
    r"(?:(?:\b[Ii]mage[\"']?[:=]?[ \t]{0,2}[\"']?|\b(?:docker|podman) (?:pull|push|run) |(?:\A|\n)FROM )"
    r"(?:[\w.-]+(?::\d{1,5})?/)?(?:[\w.-]+/){0,4}"
    r"|(?<![\w./@:-])\w[\w-]*(?:\.[\w-]+)+(?::\d{1,5})?/(?:[\w.-]+/){0,4})"
    r"(?P<name>[\w.-]*[A-Za-z][\w.-]*):\Z"
)
# `release shop@1.2.3.4`
PINNED: Final = re.compile(
    r"(?:\b(?:[Rr]elease|[Pp]ackage|install|add)[\"']?[:=]?[ \t]?[\"']?|\bpkg:\w{1,20}/)"
    r"(?:@?[\w.-]+/)?[A-Za-z][\w.-]{0,60}@\Z"
)
# In the header of that name each product has a version; quoted, with words between them.
AGENT: Final = re.compile(
    r"(?i)user[-_]agent(?:(?:[\"'][ \t]?[:=,]|[ \t]?[:=])[ \t]?b?[\"'][^\"'\n]*(?<![\w./=-])"
    r"|[ \t]?[:=][ \t]?(?:[\w.+-]+/[\w.+-]+[ \t]|\([^()\n]*\)[ \t])*)[A-Za-z][\w.+-]*/\Z"
)
BEFORE_AGENT: Final = 400
PORT: Final = re.compile(r":\d")


def is_version(text: str, start: int, end: int) -> bool:
    """`Edg/131.0.1.7`, `version 1.2.3.4`, `pkg==1.2.3.4`; not `ip.addr==10.1.2.3`."""
    close = ENDING.search(text, max(0, start - 8), start)
    if not close:
        return False
    before = text[max(0, start - BEFORE) : start]
    told = VERSIONED.search(before)
    if told is not None:
        return not (told["package"] and ADDRESSED.search(told["package"]))
    return not PORT.match(text, end) and _is_part(text, start, end)


def _is_part(text: str, start: int, end: int) -> bool:
    """Of the name of a file, an image, a package or a program."""
    before = text[max(0, start - BEFORE) : start]
    match before[-1]:
        case "-":
            return _is_of_a_file(before, text[start:end], text[end : end + BEFORE])
        case ":":
            image = IMAGE.search(before)
            return image is not None and not ADDRESSED.search(image["name"])
        case "@":
            return PINNED.search(before) is not None
        case "/":
            return _is_of_an_agent(text[max(0, start - BEFORE_AGENT) : start])
    return False


def _is_of_a_file(before: str, four: str, after: str) -> bool:
    word = WORD.match(before[:-1][::-1])
    path, slash, name = word[0][::-1].rpartition("/") if word else ("", "", "")
    if not NAME.match(name) or ADDRESSED.search(name):
        return False
    if PACKAGE.match(after):
        return True
    if ARCHIVE.match(after):
        return not PRIVATE.match(four)
    return after.startswith("/") and SOFTWARE.search(path + slash) is not None


def _is_of_an_agent(before: str) -> bool:
    at = before.lower().rfind("agent")
    return at >= 5 and AGENT.match(before, at - 5) is not None
