"""Conditions and actions as one line each, so that two of them can be compared and shown. No I/O."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

SLACK_IDS: Final = "slack_channel_ids"  # among settings
_CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{5,20}")


def line(kind: str, values: Mapping[str, Any]) -> str:
    """`kind name=value …`, without what is empty: servers fill in defaults."""
    filled = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return " ".join([kind, *(f"{name}={plain(value)}" for name, value in sorted(filled.items()))])


def plain(value: Any) -> str:
    """Numbers read the same whether they come as text, whole or as a fraction."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}={plain(one)}" for name, one in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(sorted(plain(one) for one in value)) + "]"
    return str(value)


def channel_name(values: Iterable[str]) -> str:
    """Which of them is a channel's name, without the #: servers tell name and id either way round."""
    named = [one for one in values if one and not _CHANNEL_ID.fullmatch(one)]
    return named[0].removeprefix("#") if named else ""


def channel_id(values: Iterable[str]) -> str:
    """Which of them is a channel's id in Slack."""
    return next((one for one in values if _CHANNEL_ID.fullmatch(one)), "")
