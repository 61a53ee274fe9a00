"""Telling people at the end of a step: once, in one thread, and never at the job's expense."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from fakes.pipeline_ports import World
from fakes.repairs import NOW, job
from fakes.slack import TOKEN, Slack, a_slack
from modules.autofix.adapters.notifications import Notifications, Place
from modules.autofix.adapters.slack import SlackBot, SlackWebhook
from modules.autofix.decisions import decided, diff_sha256
from modules.autofix.job import Decision, Job, Status, StopAt, Thread
from modules.autofix.notices import Kind, Notice
from modules.autofix.pipeline import run
from modules.autofix.ports import AgentResult


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with a_slack() as slack:
        yield slack


def bot(slack: Slack) -> SlackBot:
    return SlackBot(TOKEN, "C0SHOP", api=slack.api)


def world(*places: Place, seconds: float = 10.0) -> World:
    return World(notifier=Notifications(places, seconds=seconds))


def running(**more: object) -> Job:
    return job(status=Status.RUNNING, **more)


async def test_a_pull_request_is_told_once(slack: Slack) -> None:
    one = world(bot(slack))

    done = await run(running(), one.ports)

    (message,) = slack.messages
    assert message["text"].startswith("🤖 Sentry Auto-Fix PR Created\n\nZeroDivisionError")
    assert done.notices == ("pr_created",)
    assert one.ledger.history[-1] == "told slack: pr_created"
    assert one.ledger.jobs["j1"].thread == Thread(channel="C0SHOP", message=message["ts"])


async def test_the_mark_is_saved_before_anybody_is_told() -> None:
    one = World()
    seen: list[tuple[str, ...]] = []

    class Looks:
        name, away = "test", "notify_away"

        async def send(self, notice: Notice) -> None:
            seen.append(one.ledger.jobs["j1"].notices)

        async def check(self) -> str:
            return ""

    one.notifier = Notifications([Looks()])
    await run(running(), one.ports)

    assert seen == [("pr_created",)]


async def test_later_news_is_a_reply_and_the_first_message_tells_the_newest_state(
    slack: Slack,
) -> None:
    one = world(bot(slack))
    waiting = await run(running(stop_at=StopAt.DIFF), one.ports)
    assert waiting.status is Status.WAITING
    kept = one.ledger.jobs["j1"]
    approval = Decision(kind="approve", at=NOW, diff_sha256=diff_sha256(kept))

    approved = decided(kept, approval, NOW).model_copy(update={"status": Status.RUNNING})
    await run(approved, one.ports)

    first, reply = slack.messages
    assert reply["thread_ts"] == first["ts"]
    assert first["text"] == reply["text"]
    assert first["text"].startswith("🤖 Sentry Auto-Fix PR Created")


async def test_an_end_that_is_not_told_still_updates_the_thread(slack: Slack) -> None:
    one = world(bot(slack))
    await run(running(stop_at=StopAt.DIFF), one.ports)
    guided = decided(one.ledger.jobs["j1"], Decision(kind="guide", at=NOW, text="no"), NOW)
    one.repository.changed = ()

    await run(guided.model_copy(update={"status": Status.RUNNING}), one.ports)

    (first,) = slack.messages
    assert first["text"].startswith("🚫 Sentry Auto-Fix Declined")


async def test_a_project_may_keep_its_repairs_to_itself(slack: Slack) -> None:
    one = world(bot(slack))
    one.project = one.project.model_copy(update={"notify": False})

    done = await run(running(), one.ports)

    assert (slack.messages, done.notices) == ([], ())


async def test_a_project_may_have_its_own_channel(slack: Slack) -> None:
    one = world(bot(slack))
    one.project = one.project.model_copy(update={"slack_channel": "C0WEB"})

    await run(running(), one.ports)

    assert slack.messages[0]["channel"] == "C0WEB"


async def test_only_chosen_kinds_are_told(slack: Slack) -> None:
    one = world(bot(slack))
    one.told_kinds = frozenset({Kind.FAILED})

    await run(running(), one.ports)

    assert slack.messages == []


async def test_a_slack_that_hangs_costs_its_deadline_and_nothing_else(slack: Slack) -> None:
    slack.silent = True
    one = world(bot(slack), seconds=0.2)
    began = time.monotonic()

    done = await run(running(), one.ports)

    assert time.monotonic() - began < 2
    assert (done.status, done.outcome) == ("succeeded", "fixed")
    assert "slack was not told: slack_away" in one.ledger.history[-1]
    assert slack.server.count("POST") == 1


@pytest.mark.parametrize("error", ["invalid_auth", "not_in_channel", "is_archived", "new_word"])
async def test_a_slack_that_refuses_is_a_line_of_the_history(slack: Slack, error: str) -> None:
    slack.refusal = error
    one = world(bot(slack))
    one.agent.results = [AgentResult(failure="agent_missing", message="no such program")]

    done = await run(running(), one.ports)

    assert (done.status, done.reason) == ("failed", "agent_missing")
    assert "slack was not told: slack_" in one.ledger.history[-1]


class Broken:
    name, away = "test", "notify_away"

    async def send(self, notice: Notice) -> None:
        raise ZeroDivisionError("https://hooks.test/a-secret-path")

    async def check(self) -> str:
        return "as ever"


async def test_a_defect_in_telling_ends_no_job_and_shows_no_address(
    slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    one = world(Broken(), bot(slack))

    done = await run(running(), one.ports)

    assert done.outcome == "fixed"
    assert any("test was not told: notify_failed" in line for line in one.ledger.history)
    assert len(slack.messages) == 1
    assert "ZeroDivisionError" in caplog.text
    assert "a-secret-path" not in caplog.text + str(one.ledger.history)


@dataclass
class Endless:
    """A place that never answers, whatever is asked of it."""

    name: str = "endless"
    away: str = "notify_away"
    began: list[str] = field(default_factory=list)

    async def send(self, notice: Notice) -> None:
        self.began.append(notice.kind)
        await asyncio.Event().wait()

    async def check(self) -> str:
        await asyncio.Event().wait()
        raise AssertionError


async def test_places_share_one_deadline() -> None:
    places = [Endless() for _ in range(5)]
    began = time.monotonic()

    receipts = await Notifications(places, seconds=0.2).tell(Notice(kind=Kind.TEST, heading="x"))
    states = await Notifications(places, seconds=0.2).check()

    assert time.monotonic() - began < 2
    assert {one.reason for one in receipts} == {state for _, state in states} == {"notify_away"}


async def test_a_webhook_gets_one_shot_messages(slack: Slack) -> None:
    one = world(SlackWebhook(slack.hook))

    await run(running(), one.ports)

    (message,) = slack.hooked
    assert message["text"].startswith("🤖 Sentry Auto-Fix PR Created")
    assert one.ledger.jobs["j1"].thread is None


async def test_a_quiet_notice_sends_no_new_message(slack: Slack) -> None:
    quiet = replace(Notice(kind=Kind.DECLINED, heading="x"), quiet=True)

    await Notifications([SlackWebhook(slack.hook)]).tell(quiet)

    assert slack.hooked == []
