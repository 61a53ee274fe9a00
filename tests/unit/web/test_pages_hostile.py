"""What strangers and models wrote shows inert on every page: no markup, no control, no secret, no
template, no way out."""

import re
from collections.abc import AsyncIterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from fakes.autofix_jobs import an_attempt
from fakes.paged import Visitor, visiting, waiting_job
from fakes.repairs import problem, report
from mcp_servers.sentry_monitor.src.web import rendering
from modules.autofix.adapters.tables import PULLS
from modules.autofix.job import Job, Mention, Outcome, Proof, Status
from modules.jobs.adapters.inbox_tables import INBOX

TOKEN: Final = "gh" + "p_" + "a1B2" * 9
EVIL: Final = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    "' onmouseover=alert(1) x='"
    "{{7*7}}{% raw %}${7*7}"
    "\x1b[31;1mred\x1b]0;title\x07\u202egnp.exe\u2066\u200b\x00\x9b31m"
    f" token={TOKEN} "
    "</pre></textarea></title><!-- <style>*{display:none}</style>"
    + "javascript:alert(1) "
    + "W" * 300
)
URL: Final = "javascript:alert(1)"
CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
PATHS: Final = ("/", "/jobs", "/jobs/0job1", "/jobs/0job2", "/deliveries", "/lessons")
DELIVERIES: Final = ("/deliveries/0json", "/deliveries/0text")
SEARCHED: Final = f"/jobs?text=%22%3E%3Cscript%3E{'W' * 100}"


def hostile_job(name: str = "0job1", **more: object) -> Job:
    """Every text that somebody else can write."""
    attempt = an_attempt(
        1,
        agent=EVIL,
        log=EVIL,
        diff=f"diff --git a/{EVIL} b/{EVIL}\n@@ -1 +1 @@\n-{EVIL}\n+{EVIL}\n {EVIL}\n",
        failure=EVIL,
        commit=EVIL,
        report=report(root_cause=EVIL[:600], explanation=EVIL, risks=EVIL, five_whys=(EVIL,)),
    )
    proof = Proof(proven=False, reasons=(EVIL,), fail_to_pass=(EVIL,), flaky=(EVIL,), output=EVIL)
    told = {
        "issue_title": EVIL,
        "issue_url": URL,
        "environment": EVIL,
        "release": EVIL,
        "branch_name": EVIL,
        "pr_url": URL,
        "pr_number": 1,
        "error_message": EVIL,
        "reason": EVIL,
        "instructions": EVIL,
        "findings": (EVIL,),
        "mentions": (Mention(number=2, url=URL, score=0.1),),
        "notes": (EVIL,),
        "notices": (EVIL,),
        "payload_snapshot": {"data": {EVIL: EVIL, "password": "hunter2hunter2"}},
        "problem": problem(title=EVIL, type=EVIL, short_id=EVIL, url=URL),
        "attempts": (attempt, attempt.model_copy(update={"number": 2})),
        "proof": proof,
    }
    return waiting_job(name, **{**told, **more})


def a_delivery(name: str, body: bytes, moment: float) -> dict[str, object]:
    return {
        "id": name,
        "source": EVIL,
        "resource": EVIL,
        "action": EVIL,
        "issue_id": EVIL,
        "project": EVIL,
        "told": "{}",
        "headers": '{"user-agent": "<script>alert(1)</script>\\u202e"}',
        "body": body,
        "received_at": moment,
        "state": "dead",
        "reason": f"defect: {EVIL}",
        "job_id": None,
        "attempts": 1,
        "not_before": 0.0,
    }


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path) as visitor:
        job = visitor.keep(hostile_job())
        over = {"status": Status.SUCCEEDED, "outcome": Outcome.DRAFT}
        ended = visitor.keep(hostile_job("0job2", sentry_issue_id="2", **over))
        visitor.tell(job, EVIL.replace("\0", ""))
        now = job.created_at.timestamp()
        as_json = (
            b'{"a": {"<script>alert(1)</script>": "\\u202e{{7*7}}", "token": "hunter2hunter2"}}'
        )
        pull = {"job_id": ended.id, "number": 1, "project_key": EVIL, "url": URL, "why": EVIL}
        rest = dict.fromkeys(("pushed_sha", "head_sha", "merge_sha", "tried_sha"), "")
        times = {"opened_at": now, "next_look": now, "job_updated": now, "rounds": 0}
        state = {"outcome": "draft", "phase": "over", "state": "closed"}
        with visitor.engine.begin() as conn:
            conn.execute(sa.insert(INBOX), a_delivery("0json", as_json, now))
            conn.execute(sa.insert(INBOX), a_delivery("0text", EVIL.encode(), now))
            conn.execute(sa.insert(PULLS).values(**pull, **rest, **times, **state))
        await visitor.service.lessons.propose(EVIL, EVIL, URL)
        yield visitor


class Tags(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.leads: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


@pytest.mark.parametrize("path", [*PATHS, *DELIVERIES, SEARCHED])
async def test_hostile_text_is_inert(visitor: Visitor, path: str) -> None:
    page = await visitor.see(path)

    found = Tags(page)
    assert not found.names & {"img", "style", "iframe", "object", "base"}
    assert page.count("<script") == 1  # ours
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert not [url for url in found.leads if not url.startswith(("/", "#"))]
    assert not CONTROLS.search(unescape(page))
    assert TOKEN not in page
    assert "hunter2" not in page


async def test_hostile_text_is_shown_not_swallowed(visitor: Visitor) -> None:
    """Inert because it is escaped, and not because it is not there."""
    page = await visitor.see("/jobs/0job1")

    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") > 20
    assert "{{7*7}}{% raw %}${7*7}" in page
    assert "[redacted:" in page


async def test_the_door_is_what_makes_it_inert(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With safetext taken away the same page holds what it must not."""
    monkeypatch.setattr(rendering, "for_page", lambda text, *_: text)
    monkeypatch.setattr(rendering, "for_line", lambda text, *_: text)

    page = await visitor.see("/jobs/0job1")

    assert CONTROLS.search(unescape(page))
    assert TOKEN in page
