"""The forms in which a secret of ours may hide: reversed, escaped, as hex, inside base64."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

SHORTEST: Final = 8  # what is shorter occurs by chance
URL_SAFE: Final = str.maketrans("+/", "-_")


def variants(secret: str) -> frozenset[str]:
    """Every spelling to look for; empty for what is too short to be told from chance."""
    raw = secret.encode("utf-8", "surrogatepass")
    plain = {secret, secret[::-1], quote(raw, safe=""), json.dumps(secret)[1:-1]}
    coded = {raw.hex(), raw.hex().upper(), *_base64(raw)}
    return frozenset(one for one in plain | coded if len(one) >= SHORTEST)


def _base64(raw: bytes) -> Iterator[str]:
    """The inner part of it at each alignment, without what mixes with its neighbours."""
    for shift in range(3):
        code = base64.b64encode(bytes(shift) + raw).decode().rstrip("=")
        whole = (shift + len(raw)) % 3 == 0
        core = code[(0, 2, 3)[shift] : len(code) if whole else -1]
        yield core
        yield core.translate(URL_SAFE)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text without any spelling of them."""
    for secret in secrets:
        for spelling in sorted(variants(secret), key=len, reverse=True):
            text = text.replace(spelling, "[redacted:own-secret]")
    return text
