"""A problem that is gathered can always be kept, whatever the server and strangers say."""

from typing import Any

from fakes.repairs import NOW
from fakes.repairs import job as a_job
from fakes.sender import FakeSender, reply
from fakes.values import EVENT_ID, an_event, an_issue
from modules.autofix.adapters.sentry_issues import SentryIssues
from modules.autofix.adapters.tables import columns, job_of
from modules.autofix.job import Problem
from modules.sentry.client import SentryClient

ISSUE = "/api/0/organizations/acme/issues/42/"
BROKEN = "run npx\ud800\x1b[31m"


async def gathered(event: dict[str, Any] | None = None, **issue: Any) -> Problem:
    answers = {
        ISSUE: reply(an_issue(**issue)),
        f"{ISSUE}events/recommended/": reply(an_event(**(event or {}))),
    }
    client = SentryClient("https://sentry.test", connect=lambda _: FakeSender(answers), org="acme")
    return await SentryIssues(client, now=lambda: NOW).gather(a_job())


def kept(problem: Problem) -> Problem | None:
    return job_of(columns(a_job(problem=problem))["data"]).problem


async def test_an_event_id_of_another_form_is_none() -> None:
    fine, broken = await gathered(), await gathered({"eventID": BROKEN, "id": BROKEN})

    assert (fine.event_id, broken.event_id) == (EVENT_ID, None)
    assert kept(broken) == broken


async def test_half_characters_in_any_field_can_be_kept() -> None:
    names = ("title", "culprit", "firstSeen", "level", "priority", "status", "issueCategory")
    spoilt: dict[str, Any] = dict.fromkeys(names, BROKEN)
    problem = await gathered(**spoilt)

    assert kept(problem) == problem
    assert "\ud800" not in str(problem)
    assert "\x1b" not in str(problem)
