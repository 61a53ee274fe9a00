"""Sends webhooks. A receiver that fails is noted, as Sentry does: no retry, nobody is told."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from .webhooks import Webhook, headers

TIMEOUT_S: Final = 1.0


@dataclass(frozen=True)
class Delivery:
    webhook: Webhook
    status: int | None
    failure: str | None


class Sender:
    """Posts to one URL. `deliveries` remembers what came of it, oldest first."""

    def __init__(
        self,
        url: str,
        *,
        secret: str,
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.deliveries: list[Delivery] = []
        self._url, self._secret, self._now = url, secret, now
        self._transport, self._timeout_s = transport, timeout_s

    async def send(self, hook: Webhook) -> None:
        request_id = uuid.uuid4().hex
        signed = headers(
            hook, secret=self._secret, now=self._now().timestamp(), request_id=request_id
        )
        try:
            async with httpx.AsyncClient(
                transport=self._transport, timeout=self._timeout_s, trust_env=False
            ) as client:
                answer = await client.post(self._url, content=hook.body, headers=signed)
        except httpx.HTTPError as failure:
            self.deliveries.append(Delivery(hook, None, type(failure).__name__))
        else:
            self.deliveries.append(Delivery(hook, answer.status_code, None))
