"""The bot against an emulated Slack (emulate, Apache-2.0), which keeps channels and threads."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from modules.autofix.adapters.notifications import Notifications
from modules.autofix.adapters.slack import SlackBot
from modules.autofix.notices import Kind, Notice
from modules.outbound.http_client import HttpClient
from modules.outbound.messages import Request, Rules

ROOT = Path(__file__).parents[2]
TOKEN = "xoxb-emulated-bot-token"
SEED = f"tokens:\n  {TOKEN}: {{login: admin, scopes: ['chat:write']}}\nslack:\n  channels:\n    - name: repairs\n"


def emulate() -> Path | None:
    named = Path(os.environ.get("EMULATE_BIN") or ROOT / ".tools/node_modules/.bin/emulate")
    return named if named.exists() else None


pytestmark = pytest.mark.skipif(emulate() is None, reason="run `make test-agents`")


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    program = emulate()
    assert program is not None
    (tmp_path / "seed.yaml").write_text(SEED)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        shutil.which("node", path=f"{program.parent}:{os.defpath}") or "node",
        program.resolve(),
        *("start", "--service", "slack", "--port", str(port), "--base-url", here),
        *("--seed", "seed.yaml"),
        cwd=tmp_path,
        env={"PATH": f"{program.parent}:{os.defpath}", "HOME": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.wait_for(_ready(process), 30)
        yield here
    finally:
        process.kill()
        await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while b"Ready" not in (line := await process.stdout.readline()):
        assert line, "the emulator ended"


async def ask(url: str, method: str, **parameters: Any) -> dict[str, Any]:
    client = HttpClient(url, headers={"authorization": f"Bearer {TOKEN}"}, rules=Rules())
    try:
        reply = await client.send(Request("POST", f"/api/{method}", body=parameters))
    finally:
        await client.aclose()
    answer: dict[str, Any] = json.loads(reply.body)
    assert answer["ok"], answer
    return answer


async def test_a_thread_for_each_job(url: str) -> None:
    places = Notifications([SlackBot(TOKEN, "repairs", api=f"{url}/api")])
    first = Notice(kind=Kind.WAITING, heading="⏳ Waits", title="<!channel> & co")

    (begun,) = await places.tell(first)
    assert begun.thread is not None
    assert begun.reason == ""
    later = Notice(kind=Kind.PR_CREATED, heading="🤖 Created", title="x", thread=begun.thread)
    (told,) = await places.tell(later)

    assert (told.reason, told.thread) == ("", begun.thread)
    where = {"channel": begun.thread.channel, "ts": begun.thread.message}
    messages = (await ask(url, "conversations.replies", **where))["messages"]
    assert [one["text"] for one in messages] == ["🤖 Created\n\nx"] * 2
    assert messages[1]["thread_ts"] == begun.thread.message


async def test_what_strangers_wrote_arrives_escaped(url: str) -> None:
    places = Notifications([SlackBot(TOKEN, "repairs", api=f"{url}/api")])

    (begun,) = await places.tell(Notice(kind=Kind.TEST, heading="h", title="<!channel> & co"))

    assert begun.thread is not None
    kept = await ask(url, "conversations.history", channel=begun.thread.channel)
    assert kept["messages"][0]["text"] == "h\n\n&lt;!channel&gt; &amp; co"


async def test_a_channel_that_is_not_there_is_named(url: str) -> None:
    """The emulator takes any token, so tokens are for tests/unit/autofix/test_slack.py."""
    places = Notifications([SlackBot(TOKEN, "nowhere", api=f"{url}/api")])

    (told,) = await places.tell(Notice(kind=Kind.TEST, heading="h"))

    assert told.reason == "slack_channel_missing"
    assert await places.check() == (("slack", "the token is good, messages go to nowhere"),)


async def test_an_archived_channel_is_named(url: str) -> None:
    made = await ask(url, "conversations.create", name="old")
    await ask(url, "conversations.archive", channel=made["channel"]["id"])

    (told,) = await Notifications([SlackBot(TOKEN, "old", api=f"{url}/api")]).tell(
        Notice(kind=Kind.TEST, heading="h")
    )

    assert told.reason == "slack_channel_archived"
