"""The pages as a browser without a screen sees them, on a real store: what they show, what their
buttons do, and what they refuse."""

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.paged import DIFF, HOME, TOKEN, Visitor, forms, shop_job, visiting, waiting_job
from modules.autofix.decisions import diff_sha256
from modules.autofix.job import Job, Outcome, Stage, Status, StopAt
from modules.autofix.learning import LessonState

SECRET: Final = "w" * 32
PAGES: Final = ("/", "/jobs", "/jobs/0job1", "/deliveries", "/tracked", "/lessons", "/settings")
BUTTONS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("/poll", {}),
    ("/switch", {"to": "now"}),
    ("/jobs/0job1/decisions", {"decision": "cancel"}),
    ("/deliveries/0aa/replay", {}),
    ("/lessons/0aa", {"decision": "approve"}),
    ("/logout", {}),
)


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path, SENTRY_WEBHOOK_SECRET=SECRET) as visitor:
        yield visitor


async def now(visitor: Visitor, job: Job) -> Job:
    return await visitor.service.autofix.jobs.get(job.id)


async def delivered(visitor: Visitor, **body: Any) -> str:
    """The id of a webhook that was taken."""
    issue = {"id": "1", "title": "boom", "level": "error", "project": {"id": "1", "slug": "shop"}}
    sent = json.dumps({"action": "created", "data": {"issue": issue}, **body}).encode()
    signature = hmac.new(SECRET.encode(), sent, hashlib.sha256).hexdigest()
    headers = {
        "content-type": "application/json",
        "sentry-hook-resource": "issue",
        "sentry-hook-signature": signature,
    }
    answer = await visitor.http.post("/webhooks/sentry", content=sent, headers=headers)
    assert answer.status_code in (200, 202), answer.text
    await visitor.service.watch.drain()
    return str(answer.json()["delivery"])


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_a_language_one_heading_landmarks_and_nothing_inline(
    visitor: Visitor, path: str
) -> None:
    visitor.keep(waiting_job())
    await visitor.service.lessons.propose("shop", "add a test", "")

    page = await visitor.see(path)

    assert '<html lang="en">' in page
    assert len(re.findall(r"<h1\b", page)) == 1
    assert len(re.findall(r"<main\b", page)) == 1
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
    assert re.findall(r"<script\b[^>]*>", page) == ['<script src="/static/app.js" defer>']
    assert page.count('aria-current="page"') == 1


async def test_what_pages_load_is_there(visitor: Visitor) -> None:
    page = await visitor.see("/")

    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        assert (await visitor.http.get(path)).status_code == 200, path


async def test_a_page_begins_a_session_once(visitor: Visitor) -> None:
    first = await visitor.http.get("/")
    second = await visitor.http.get("/jobs")

    assert "HttpOnly; SameSite=Strict" in first.headers["set-cookie"]
    assert "set-cookie" not in second.headers


# -- the overview


async def test_the_overview_tells_what_runs_waits_and_was_spent(visitor: Visitor) -> None:
    visitor.keep(waiting_job())
    running = {"status": Status.RUNNING, "stage": Stage.PROVE}
    visitor.keep(shop_job("0job2", issue="2", issue_title="KeyError: 'total'", **running))
    visitor.keep(shop_job("0job3", issue="3"))

    page = await visitor.see("/")

    assert "1 job waits for your decision" in page
    assert "KeyError: &#39;total&#39;" in page
    assert "1 running, 1 queued, 1 waiting for a decision" in page
    assert "of $20<" in page
    assert "There was none yet" in page


async def test_a_sentry_that_is_away_is_a_sentence_and_the_page_is_there(visitor: Visitor) -> None:
    page = await visitor.see("/")

    assert "Its errors cannot be shown: No connection to http://127.0.0.1:9" in page


async def test_the_rate_of_a_project_is_a_chart_with_words(
    tmp_path: Path, sentry_environ: dict[str, str]
) -> None:
    async with visiting(tmp_path, **sentry_environ) as visitor:
        page = await visitor.see("/")

    assert len(re.findall(r"<rect ", page)) == 24
    assert "Errors of each hour, oldest first" in page
    assert "in 24 h" in page


async def test_analyzing_now_polls_and_shows_what_came_of_it(
    tmp_path: Path, sentry_environ: dict[str, str]
) -> None:
    async with visiting(tmp_path, **sentry_environ) as visitor:
        answer = await visitor.press("/", "Analyze Sentry issues now")
        page = await visitor.see(answer.headers["location"])

        (poll,) = await visitor.service.poller.recent()

    assert answer.status_code == 303
    assert f"looked at {poll['looked']} changed issues of 1 project" in page
    assert "Sentry did not deliver 0 webhooks" in page
    assert "Sentry was asked" in page


async def test_a_poll_that_sentry_does_not_answer_is_told(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        answer = await visitor.press("/", "Analyze Sentry issues now")
        page = await visitor.see(answer.headers["location"])

    assert "shop: No connection to http://127.0.0.1:9" in page


async def test_where_repairs_are_off_nothing_can_be_analyzed(tmp_path: Path) -> None:
    async with visiting(tmp_path, SENTRY_FIXER_ENABLED="false") as visitor:
        answer = await visitor.press("/", "Analyze Sentry issues now")
        page = await visitor.see("/")

    assert answer.status_code == 503
    assert "SENTRY_FIXER_ENABLED=true" in answer.text
    assert "Repairs are switched off" in page


@pytest.mark.parametrize("button", ["Pause", "Stop everything now"])
async def test_the_kill_switch_goes_on_and_off(visitor: Visitor, button: str) -> None:
    on = await visitor.press("/", button)
    stopped = await visitor.service.autofix.jobs.stopped()
    page = await visitor.see("/")
    off = await visitor.press("/", "Resume")

    assert (on.status_code, off.status_code) == (303, 303)
    assert stopped
    assert "The kill switch is on" in page
    assert not await visitor.service.autofix.jobs.stopped()


# -- jobs


async def test_jobs_are_filtered_by_status_project_and_text(visitor: Visitor) -> None:
    visitor.keep(waiting_job())
    visitor.keep(shop_job("0job2", issue="2", issue_title="KeyError: 100% gone"))
    visitor.keep(shop_job("0job3", issue="3", issue_title="Straße", project_key="other"))

    async def shown(query: str) -> set[str]:
        return set(re.findall(r'href="/jobs/(\w+)"', await visitor.see(f"/jobs?{query}")))

    assert await shown("") == {"0job1", "0job2", "0job3"}
    assert await shown("status=waiting") == {"0job1"}
    assert await shown("project=other&status=") == {"0job3"}
    assert await shown("text=keyerror") == {"0job2"}
    assert await shown("text=100%25") == {"0job2"}
    assert await shown("text=STRASSE") == {"0job3"}
    assert await shown("text=nothing+like+it") == set()


async def test_older_jobs_are_a_page_further_and_none_is_left_out(visitor: Visitor) -> None:
    moment = shop_job().created_at
    for number in range(65):  # many of the same moment
        at = moment - timedelta(minutes=number // 20)
        visitor.keep(shop_job(f"0job{number:02}", issue=str(number), created_at=at))
    seen: list[str] = []
    path = "/jobs?text=&status=queued"
    while path:
        page = await visitor.see(path)
        seen += re.findall(r'href="/jobs/(\w+)"', page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""

    assert len(seen) == len(set(seen)) == 65


async def test_a_filter_that_is_none_is_refused_in_words(visitor: Visitor) -> None:
    answer = await visitor.http.get("/jobs?status=sleeping")

    assert answer.status_code == 400
    assert "status:" in answer.text
    assert "<h1>" in answer.text


async def test_one_job_shows_all_that_is_known_of_it(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    visitor.tell(job, "queued", "gather done")

    page = await visitor.see("/jobs/0job1")

    for told in (
        "the list may be empty",
        "average divides by the length",
        "nobody looked",
        "none that is known",
        "90 %",
        "tests/test_calc.py::test_empty",
        "12 passed in 0.42s",
        "$0.42",
        "1 min 5 s",
        "it worked",
        "Attempt 1",
        "new_test_red_with_fix: The new test fails.",
        "gather done",
        "A person or an agent asked for it.",
        "&#34;action&#34;: &#34;created&#34;",
        diff_sha256(job),
    ):
        assert told in page, told
    assert page.count('class="line added"') == 2 * DIFF.count("\n+ ")
    assert page.count('class="line removed"') == 2
    assert 'href="http://127.0.0.1:9/organizations/acme/issues/1/"' in page


async def test_steps_that_an_ended_job_never_came_to_are_not_told_as_done(visitor: Visitor) -> None:
    ended = {"status": Status.FAILED, "outcome": Outcome.ERROR, "stage": Stage.DONE}
    visitor.tell(visitor.keep(shop_job(**ended)), "gather done", "screen done", "failed: error")
    fixed = {"status": Status.SUCCEEDED, "outcome": Outcome.FIXED, "stage": Stage.DONE}
    visitor.keep(shop_job("0job2", issue="2", **fixed))

    failed, whole = await visitor.see("/jobs/0job1"), await visitor.see("/jobs/0job2")

    assert re.findall(r'<li class="over">(\w+)</li>', failed) == ["gather", "screen"]
    assert len(re.findall(r'<li class="over">', whole)) == 8


async def test_a_job_that_is_not_there_is_a_page_that_says_so(visitor: Visitor) -> None:
    answer = await visitor.http.get("/jobs/0nothing")

    assert answer.status_code == 404
    assert "There is no job" in answer.text


@pytest.mark.parametrize(
    ("button", "status", "told"),
    [
        ("Approve this diff", Status.QUEUED, "Approved"),
        ("Won't fix", Status.CANCELLED, "will not be fixed"),
        ("Cancel the job", Status.CANCELLED, "is cancelled"),
    ],
)
async def test_a_decision_does_what_its_button_says(
    visitor: Visitor, button: str, status: Status, told: str
) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", button)

    after = await now(visitor, job)
    assert answer.status_code == 303
    assert after.status is status
    assert after.approved is (button == "Approve this diff")
    assert (after.outcome is Outcome.WONT_FIX) is (button == "Won't fix")
    assert told in await visitor.see(answer.headers["location"])


async def test_guidance_begins_another_attempt_with_these_words(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Guide another attempt", text="  Return None. ")

    after = await now(visitor, job)
    assert answer.status_code == 303
    assert (after.status, after.stage) == (Status.QUEUED, Stage.FIX)
    assert after.instructions == "Return None."


async def test_guidance_without_words_is_refused(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Guide another attempt", text="   ")

    assert answer.status_code == 400
    assert "Say what the agent is to do differently." in answer.text
    assert await now(visitor, job) == job


async def test_a_job_that_failed_can_be_retried(visitor: Visitor) -> None:
    job = visitor.keep(shop_job(status=Status.FAILED, outcome=Outcome.ERROR, stage=Stage.FIX))

    answer = await visitor.press("/jobs/0job1", "Retry")

    after = await now(visitor, job)
    assert answer.status_code == 303
    assert (after.status, after.stage) == (Status.QUEUED, Stage.GATHER)


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (
            {"status": Status.WAITING},
            {"Approve this diff", "Guide another attempt", "Won't fix", "Cancel the job"},
        ),
        ({"status": Status.RUNNING}, {"Won't fix", "Cancel the job"}),
        ({"status": Status.FAILED}, {"Retry"}),
        ({"status": Status.SUCCEEDED, "outcome": Outcome.FIXED}, set()),
        ({"status": Status.SUCCEEDED, "outcome": Outcome.DRAFT}, {"Retry"}),
    ],
)
async def test_only_decisions_that_fit_are_offered(
    visitor: Visitor, state: dict[str, Any], buttons: set[str]
) -> None:
    visitor.keep(waiting_job(**state))

    page = await visitor.see("/jobs/0job1")

    assert {name for form in forms(page) for name in form.buttons} == buttons


async def test_a_plan_is_approved_without_a_diff(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job(attempts=(), stop_at=StopAt.PLAN))

    answer = await visitor.press("/jobs/0job1", "Approve")

    assert answer.status_code == 303
    assert (await now(visitor, job)).approved


async def test_a_decision_that_does_not_fit_any_more_says_so_and_changes_nothing(
    visitor: Visitor,
) -> None:
    job = visitor.keep(waiting_job())
    page = await visitor.see("/jobs/0job1")
    form = next(one for one in forms(page) if "Approve this diff" in one.buttons)
    await visitor.press("/jobs/0job1", "Cancel the job")
    before = await now(visitor, job)

    answer = await visitor.http.post(form.action, data={**form.fields, "decision": "approve"})

    assert answer.status_code == 409
    assert "The job was cancelled; only one that waits can be approved." in answer.text
    assert "Nothing was changed." in answer.text
    assert await now(visitor, job) == before


async def test_another_diff_than_the_one_that_was_read_is_not_approved(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Approve this diff", diff_sha256="0" * 64)

    assert answer.status_code == 409
    assert "Look at the diff as it is now" in answer.text
    assert await now(visitor, job) == job


async def test_a_huge_diff_is_folded_and_whole(visitor: Visitor) -> None:
    head = "diff --git a/big.py b/big.py\n--- a/big.py\n+++ b/big.py\n@@ -0,0 +1,2000 @@\n"
    diff = head + "".join(f"+line {number}\n" for number in range(2000))
    job = waiting_job()
    last = job.attempts[-1].model_copy(update={"diff": diff})
    visitor.keep(job.model_copy(update={"attempts": (last,)}))

    page = await visitor.see("/jobs/0job1")

    assert '<details class="file" id="last-file-1">' in page
    assert "2004 lines, folded" in page
    assert "+line 1999" in page


async def test_a_diff_that_cannot_be_shown_as_it_is_says_so_beside_the_button(
    visitor: Visitor,
) -> None:
    job = waiting_job()
    hidden = DIFF.replace("return 0", "return 0  # \u202e evil")
    last = job.attempts[-1].model_copy(update={"diff": hidden})
    visitor.keep(job.model_copy(update={"attempts": (last,)}))
    visitor.keep(waiting_job("0job2", sentry_issue_id="2"))

    assert "not shown as it is" in await visitor.see("/jobs/0job1")
    assert "not shown as it is" not in await visitor.see("/jobs/0job2")


# -- deliveries


async def test_a_delivery_shows_what_became_of_it_and_leads_to_its_job(visitor: Visitor) -> None:
    first = await delivered(visitor)
    other = await delivered(visitor, action="assigned")

    listed = await visitor.see("/deliveries")
    page = await visitor.see(f"/deliveries/{first}")

    assert "It began a job." in listed
    assert "Not an event that begins a repair." in listed
    assert f"/deliveries/{other}" in listed
    assert f"/deliveries/{other}" not in await visitor.see("/deliveries?state=done")
    assert "sentry-hook-resource" in page
    assert "&#34;title&#34;: &#34;boom&#34;" in page
    job = re.search(r'href="(/jobs/\w+)"', page)
    assert job is not None
    told = await visitor.see(job[1])
    assert "A webhook of Sentry." in told
    assert f"/deliveries/{first}" in told


async def test_a_delivery_is_decided_about_anew(visitor: Visitor) -> None:
    skipped = await delivered(visitor, action="assigned")
    page = f"/deliveries/{skipped}"

    answer = await visitor.press(page, "Decide anew")

    assert answer.status_code == 303
    assert "decided about anew" in await visitor.see(answer.headers["location"])
    kept = await visitor.service.watch.inbox.get(skipped)
    assert (kept.state.value, kept.attempts) == ("skipped", 1)


async def test_a_delivery_that_is_not_there_says_so(visitor: Visitor) -> None:
    answer = await visitor.http.get("/deliveries/0nothing")

    assert answer.status_code == 404
    assert "<h1>" in answer.text


async def test_deliveries_of_the_last_day_are_counted_on_the_overview(visitor: Visitor) -> None:
    await delivered(visitor)
    await delivered(visitor, action="assigned")

    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await visitor.see("/")))

    assert "done 1 began a job" in page
    assert "skipped 1 came to nothing" in page
    assert "dead 0" in page


# -- settings and lessons


async def test_settings_tell_their_variable_and_no_secret(tmp_path: Path) -> None:
    more = {"SENTRY_TOKEN": "s3cret-" * 5, "SENTRY_AUTH_TOKEN": " ", "SLACK_CHANNEL_ID": "#ops"}
    async with visiting(tmp_path, SENTRY_WEBHOOK_SECRET=f"{SECRET},{TOKEN}", **more) as visitor:
        page = await visitor.see("/settings")

    assert "s3cret" not in page
    assert SECRET not in page
    assert "2 set" in page
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "event:write to resolve, ignore and comment. set SENTRY_TOKEN" in text
    assert "Total time of one operation, in seconds. 30.0 default" in text
    assert "#ops SLACK_CHANNEL_ID" in text
    assert str(tmp_path / "shop") in text
    assert "SQLite, for one worker" in text


async def test_lessons_are_approved_and_dropped(visitor: Visitor) -> None:
    lessons = visitor.service.lessons
    await lessons.propose("shop", "Add a test for the empty cart.", "")
    kept = await lessons.teach("shop", "Money is in cents.")

    approved = await visitor.press("/lessons", "Approve")
    page = await visitor.see(approved.headers["location"])
    form = next(one for one in forms(page) if kept.id in one.action)
    await visitor.http.post(form.action, data={**form.fields, "decision": "drop"})

    states = {one.text: one.state for one in await lessons.all()}
    assert states == {
        "Add a test for the empty cart.": LessonState.APPROVED,
        "Money is in cents.": LessonState.DROPPED,
    }
    assert "The lesson goes into later repairs." in page


# -- who may press


@pytest.mark.parametrize(("path", "fields"), BUTTONS)
@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "ä"])
async def test_a_form_that_is_not_ours_changes_nothing(
    visitor: Visitor, path: str, fields: dict[str, str], csrf: str | None
) -> None:
    job = visitor.keep(waiting_job())
    await visitor.see("/")
    given = {"more": "", **fields} | ({} if csrf is None else {"csrf": csrf})

    answer = await visitor.http.post(path, data=given)

    assert answer.status_code == 403
    assert "not of this session" in answer.text
    assert await now(visitor, job) == job
    assert not await visitor.service.autofix.jobs.stopped()
    assert await visitor.service.poller.recent() == []


async def test_the_form_of_another_session_changes_nothing(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    theirs = next(
        one for one in forms(await visitor.see("/jobs/0job1")) if "Won't fix" in one.buttons
    )
    visitor.http.cookies.clear()
    await visitor.see("/")

    answer = await visitor.http.post(theirs.action, data={**theirs.fields, "decision": "cancel"})

    assert answer.status_code == 403
    assert await now(visitor, job) == job


async def test_json_or_a_field_given_twice_is_no_form(visitor: Visitor) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}

    as_json = await visitor.http.post("/poll", json={})
    twice = await visitor.http.post("/poll", content="csrf=a&csrf=b", headers=kind)
    no_text = await visitor.http.post("/poll", content=b"\xff", headers=kind)

    assert (as_json.status_code, twice.status_code, no_text.status_code) == (415, 400, 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": HOME},
    ],
)
async def test_a_form_from_another_site_is_turned_away(
    visitor: Visitor, headers: dict[str, str]
) -> None:
    form = next(one for one in forms(await visitor.see("/")) if "Pause" in one.buttons)
    given = {**form.fields, "to": "on"}

    answer = await visitor.http.post(form.action, data=given, headers=headers)

    assert answer.status_code == 403
    assert not await visitor.service.autofix.jobs.stopped()


async def test_a_form_from_our_own_page_is_let_in(visitor: Visitor) -> None:
    form = next(one for one in forms(await visitor.see("/")) if "Pause" in one.buttons)
    ours = {"origin": HOME, "sec-fetch-site": "same-origin"}

    answer = await visitor.http.post(form.action, data={**form.fields, "to": "on"}, headers=ours)

    assert answer.status_code == 303
    assert await visitor.service.autofix.jobs.stopped()
