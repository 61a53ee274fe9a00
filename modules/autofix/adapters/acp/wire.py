"""JSON-RPC over the pipes of a program that may say anything: what is no message of the protocol is
dropped before the library looks at it."""

import contextlib
import json
from typing import Any, Final

from acp.schema import SessionNotification
from pydantic import ValidationError

from modules.outbound.dialogue import Dialogue, TooMuchSaid

Message = dict[str, Any]
UPDATE: Final = "session/update"
NONSENSE: Final = 1000  # lines that are no message: whoever says more is no agent


class Wire:
    """What acp.connection knows as a transport."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue, self._nonsense = dialogue, 0

    async def send(self, message: Message) -> None:
        """To a program that is gone, nothing: what it still owes ends with what it says."""
        with contextlib.suppress(OSError):
            await self._dialogue.say(json.dumps(message, default=str).encode())

    async def receive(self) -> Message | None:
        """None at the end, and once it has said too much."""
        with contextlib.suppress(TooMuchSaid):
            while self._nonsense < NONSENSE and (line := await self._dialogue.hear()):
                if (found := message(line)) is not None:
                    return found
                self._nonsense += 1
        return None

    async def close(self) -> None:
        """Its program is ended by whoever began it."""


def message(line: bytes) -> Message | None:
    """Of the form that JSON-RPC 2.0 gives it, without the `_meta` that the library would take for
    arguments; None for all else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not _in_form(found):
        return None
    if isinstance(params := found.get("params"), dict):
        params.pop("_meta", None)
    return found if found.get("method") != UPDATE or _is_update(params) else None


def _in_form(found: Message) -> bool:
    return (
        isinstance(found.get("method", ""), str)
        and isinstance(found.get("id"), int | str | None)
        and isinstance(found.get("error", {}), dict)
    )


def _is_update(params: object) -> bool:
    try:
        SessionNotification.model_validate(params)
    except ValidationError:
        return False
    return True
