"""Slack over real HTTP: what is sent, and what every refusal becomes."""

from collections.abc import AsyncIterator, Mapping

import pytest

from fakes.loopback import answer
from fakes.slack import HOOK, TOKEN, Slack, a_slack
from modules.autofix.adapters.notifications import Notifications
from modules.autofix.adapters.slack import SlackBot, SlackWebhook
from modules.autofix.job import Thread
from modules.autofix.notices import Kind, Notice
from modules.autofix.reasons import REASONS

NOTICE = Notice(kind=Kind.PR_CREATED, heading="🤖 Sentry Auto-Fix PR Created", title="a <b> & c")


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with a_slack() as slack:
        yield slack


async def told(slack: Slack, notice: Notice = NOTICE, *, token: str = TOKEN) -> str:
    bot = SlackBot(token, "C0SHOP", api=slack.api)
    (receipt,) = await Notifications([bot], seconds=3).tell(notice)
    return receipt.reason


async def hooked(slack: Slack) -> str:
    (receipt,) = await Notifications([SlackWebhook(slack.hook)], seconds=3).tell(NOTICE)
    return receipt.reason


async def test_nothing_is_unfurled_and_no_name_is_linked(slack: Slack) -> None:
    assert await told(slack) == ""
    assert await hooked(slack) == ""

    for sent in (slack.messages[0], slack.hooked[0]):
        assert (sent["unfurl_links"], sent["unfurl_media"], sent["link_names"]) == (False,) * 3
        assert sent["text"].endswith("a &lt;b&gt; &amp; c")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_auth", "slack_auth"),
        ("token_revoked", "slack_auth"),
        ("missing_scope", "slack_scope"),
        ("channel_not_found", "slack_channel_missing"),
        ("not_in_channel", "slack_not_in_channel"),
        ("is_archived", "slack_channel_archived"),
        ("ratelimited", "slack_rate_limited"),
        ("internal_error", "slack_away"),
        ("a_word_of_next_year", "slack_refused"),
    ],
)
async def test_an_answer_that_is_not_ok_has_a_reason(slack: Slack, error: str, reason: str) -> None:
    slack.refusal = error

    assert await told(slack) == reason
    assert reason in REASONS


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, b"invalid_token", "slack_auth"),
        (404, b"no_service", "slack_auth"),
        (404, b"channel_not_found", "slack_channel_missing"),
        (410, b"channel_is_archived", "slack_channel_archived"),
        (500, b"oops", "slack_away"),
        (503, b"", "slack_away"),
        (400, b"invalid_payload", "slack_refused"),
        (302, b"", "slack_away"),
    ],
)
async def test_a_webhook_that_is_refused_has_a_reason(
    slack: Slack, status: int, body: bytes, reason: str
) -> None:
    slack.first_answer = answer(status, body, content_type="text/plain")

    assert await hooked(slack) == reason


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b"\xff", b"[" * 5000, b'{"ok": 1}'])
async def test_an_answer_that_is_none_was_no_success(slack: Slack, body: bytes) -> None:
    slack.first_answer = answer(200, body)

    assert await told(slack) == "slack_refused"


async def test_a_wrong_token_is_named(slack: Slack) -> None:
    assert await told(slack, token="xoxb-another-one") == "slack_auth"


async def test_without_any_channel_nothing_is_sent(slack: Slack) -> None:
    (receipt,) = await Notifications([SlackBot(TOKEN, None, api=slack.api)]).tell(NOTICE)

    assert (receipt.reason, slack.server.seen) == ("slack_channel_missing", [])


LIMITED: Mapping[str, str] = {"Retry-After": "0"}


async def test_a_short_pause_that_slack_asks_for_is_kept(slack: Slack) -> None:
    slack.first_answer = answer(429, {"ok": False, "error": "ratelimited"}, headers=LIMITED)

    assert await told(slack) == ""
    assert len(slack.messages) == 1


async def test_a_long_one_is_not_waited_for(slack: Slack) -> None:
    slack.first_answer = answer(429, b"", headers={"Retry-After": "30"})

    assert await told(slack) == "slack_rate_limited"
    assert slack.server.count("POST") == 1


async def test_a_message_whose_answer_is_lost_is_not_sent_again(slack: Slack) -> None:
    slack.first_answer = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"

    assert await told(slack) == "slack_away"
    assert slack.server.count("POST") == 1


async def test_where_the_first_message_cannot_be_changed_the_reply_is_there(slack: Slack) -> None:
    slack.refused_update = "message_not_found"
    thread = Thread(channel="C0SHOP", message="1700000000.000000")
    later = Notice(kind=Kind.FAILED, heading="❌ Sentry Auto-Fix Failed", thread=thread)

    assert await told(slack, later) == "slack_not_updated"
    assert [one["thread_ts"] for one in slack.messages] == [thread.message]


async def test_a_token_can_be_tried_without_telling_anybody(slack: Slack) -> None:
    bot = SlackBot(TOKEN, "C0SHOP", api=slack.api)
    wrong = SlackBot("xoxb-another-one", None, api=slack.api)

    states = await Notifications([bot, wrong, SlackWebhook(slack.hook)]).check()

    assert [state.partition(",")[0].partition(";")[0] for _, state in states] == [
        "the token is good",
        "slack_auth",
        "a webhook is set",
    ]
    assert slack.messages == []


async def test_nothing_listens_is_an_outage_and_shows_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = SlackWebhook(f"http://127.0.0.1:1{HOOK}")

    (receipt,) = await Notifications([gone]).tell(NOTICE)

    assert receipt.reason == "notify_unreachable"
    assert HOOK not in f"{receipt!r} {gone!r} {caplog.text}"
