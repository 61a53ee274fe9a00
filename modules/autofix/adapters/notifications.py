"""The places where people are told, all at once and within one deadline."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from modules.autofix.errors import NotTold
from modules.autofix.job import Thread
from modules.autofix.notices import Notice
from modules.autofix.ports import Receipt
from modules.outbound.deadline import deadline
from modules.outbound.errors import OutboundError, Unreachable

NOTICE_S: Final = 10.0  # for all places together: a job waits no longer for its notice
logger = logging.getLogger(__name__)


class Place(Protocol):
    """Somewhere a notice can be sent. `away` is its reason where no answer came."""

    @property
    def name(self) -> str: ...
    @property
    def away(self) -> str: ...

    async def send(self, notice: Notice) -> Thread | None:
        """The thread that it stands in, where the place has such. Raises NotTold, OutboundError."""
        ...

    async def check(self) -> str:
        """How it stands with it, in words of ours, without telling anybody. Raises as `send`."""
        ...


class Notifications:
    """Implements Notifier."""

    def __init__(self, places: Sequence[Place], *, seconds: float = NOTICE_S) -> None:
        self._places, self._seconds = tuple(places), seconds

    async def tell(self, notice: Notice) -> tuple[Receipt, ...]:
        return tuple(await asyncio.gather(*(self._tell(one, notice) for one in self._places)))

    async def check(self) -> tuple[tuple[str, str], ...]:
        """Each place, and how it stands with it."""
        states = await asyncio.gather(*(self._check(one) for one in self._places))
        return tuple((one.name, told) for one, told in zip(self._places, states, strict=True))

    async def _tell(self, place: Place, notice: Notice) -> Receipt:
        try:
            async with deadline(self._seconds):
                return Receipt(place=place.name, thread=await place.send(notice))
        except Exception as error:  # noqa: BLE001 - a boundary: a notice ends no job
            return Receipt(place=place.name, reason=_reason(place, error))

    async def _check(self, place: Place) -> str:
        try:
            async with deadline(self._seconds):
                return await place.check()
        except (NotTold, OutboundError) as error:
            return _reason(place, error)


def _reason(place: Place, error: Exception) -> str:
    """No word of an error that is not ours: it may hold an address that is a secret."""
    if isinstance(error, NotTold):
        return error.reason
    if isinstance(error, Unreachable):  # nothing was sent
        return "notify_unreachable"
    if isinstance(error, OutboundError):
        return place.away
    logger.warning("telling %s failed by a defect of ours: %s", place.name, type(error).__name__)
    return "notify_failed"
