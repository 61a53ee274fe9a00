"""Slack by plain HTTP: an incoming webhook, or a bot with a token and a channel.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://docs.slack.dev/reference/methods/chat.postMessage
https://docs.slack.dev/reference/methods/chat.update
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from modules.autofix.errors import NotTold
from modules.autofix.job import Thread
from modules.autofix.notice_text import slack_text
from modules.autofix.notices import Notice
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Reply, Request, Rules

API: Final = "https://slack.com/api"
NAME: Final = "slack"
AWAY: Final = "slack_away"
QUIETLY: Final = {"unfurl_links": False, "unfurl_media": False, "link_names": False}
REASONS: Final[Mapping[str, str]] = {  # of `error` in an answer, and of a webhook's plain text
    **dict.fromkeys(
        ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        "slack_auth",
    ),
    **dict.fromkeys(("no_service", "no_active_hooks", "invalid_token", "no_team"), "slack_auth"),
    **dict.fromkeys(("missing_scope", "no_permission", "not_allowed_token_type"), "slack_scope"),
    "channel_not_found": "slack_channel_missing",
    "not_in_channel": "slack_not_in_channel",
    "is_archived": "slack_channel_archived",
    "channel_is_archived": "slack_channel_archived",
    "ratelimited": "slack_rate_limited",
    "rate_limited": "slack_rate_limited",
    "internal_error": AWAY,
    "fatal_error": AWAY,
    "service_unavailable": AWAY,
    "request_timeout": AWAY,
}
OF_STATUS: Final[Mapping[int, str]] = {
    401: "slack_auth",
    403: "slack_auth",
    404: "slack_auth",  # a webhook that was removed
    410: "slack_channel_archived",
    429: "slack_rate_limited",
}


class SlackWebhook:
    """One shot messages: a webhook answers nothing that a thread could be made of. The path of
    its URL is the secret; errors name the host alone."""

    name, away = NAME, AWAY

    def __init__(self, url: str, *, rules: Rules | None = None) -> None:
        parts = urlsplit(url)
        self._origin, self._path = f"{parts.scheme}://{parts.netloc}", parts.path
        self._rules = rules or RULES

    async def send(self, notice: Notice) -> None:
        if notice.quiet:
            return
        client = HttpClient(self._origin, headers=AGENT, rules=self._rules)
        try:
            body = {"text": slack_text(notice), **QUIETLY}
            reply = await client.send(Request("POST", self._path, body=body))
        finally:
            await client.aclose()
        if reply.status != 200:
            told = reply.body[:100].decode("latin-1").strip()
            raise NotTold(REASONS.get(told) or _of_status(reply.status))

    async def check(self) -> str:
        return "a webhook is set; only --test-notify shows whether it works"


class SlackBot:
    """A thread for each job: the first message, replies below it, and the first message changed
    to tell the newest state."""

    name, away = NAME, AWAY

    def __init__(
        self, token: str, channel: str | None, *, api: str = API, rules: Rules | None = None
    ) -> None:
        self._token, self._channel, self._api = token, channel, api
        self._rules = rules or RULES

    async def send(self, notice: Notice) -> Thread:
        """Raises NotTold, OutboundError."""
        client = self._client()
        try:
            return await self._send(client, notice)
        finally:
            await client.aclose()

    async def check(self) -> str:
        """Raises NotTold, OutboundError."""
        client = self._client()
        try:
            await _call(client, "auth.test", {})
        finally:
            await client.aclose()
        where = f"messages go to {self._channel}" if self._channel else "projects name the channel"
        return f"the token is good, {where}"

    async def _send(self, client: HttpClient, notice: Notice) -> Thread:
        message = {"text": slack_text(notice), **QUIETLY}
        thread = notice.thread
        if thread is None:
            return await self._post(client, {"channel": self._place(notice), **message})
        if not notice.quiet:
            reply = {"channel": thread.channel, "thread_ts": thread.message, **message}
            await self._post(client, reply)
        first = {"channel": thread.channel, "ts": thread.message, "text": message["text"]}
        try:
            await _call(client, "chat.update", first)
        except NotTold:
            raise NotTold("slack_not_updated") from None
        return thread

    async def _post(self, client: HttpClient, message: Mapping[str, Any]) -> Thread:
        answer = await _call(client, "chat.postMessage", message)
        channel = str(answer.get("channel") or message["channel"])
        return Thread(channel=channel[:100], message=str(answer.get("ts") or "")[:100])

    def _place(self, notice: Notice) -> str:
        channel = notice.channel or self._channel
        if not channel:
            raise NotTold("slack_channel_missing")
        return channel

    def _client(self) -> HttpClient:
        headers = {"authorization": f"Bearer {self._token}", **AGENT}
        return HttpClient(self._api, headers=headers, rules=self._rules)


async def _call(client: HttpClient, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Slack says 200 and `ok: false` where it refuses. Raises NotTold."""
    reply = await client.send(Request("POST", f"/{method}", body=dict(body)))
    answer = _json(reply)
    if answer.get("ok") is True:
        return answer
    if reply.status != 200:
        raise NotTold(_of_status(reply.status))
    raise NotTold(REASONS.get(str(answer.get("error")), "slack_refused"))


def _json(reply: Reply) -> Mapping[str, Any]:
    try:
        answer = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _of_status(status: int) -> str:
    return OF_STATUS.get(status, AWAY if status >= 500 else "slack_refused")


def _wait_hint(reply: Reply) -> float | None:
    """Seconds (https://docs.slack.dev/apis/web-api/rate-limits)."""
    after = reply.headers.get("retry-after", "")
    return float(after) if after.isascii() and after.isdigit() and len(after) < 6 else None


AGENT: Final = {"user-agent": "sentry-monitor"}
RULES: Final = Rules(timeout_s=8.0, attempts=2, max_body=2**20, wait_hint=_wait_hint)
