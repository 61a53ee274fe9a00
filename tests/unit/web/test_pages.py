"""The pages as a browser without a screen sees them, on a real store: what they show, what their
buttons do, and what they refuse."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from fakes.paged import (
    HOME,
    TOKEN,
    WEBHOOK_SECRET,
    Visitor,
    forms,
    shop_job,
    visiting,
    waiting_job,
)
from modules.autofix.job import Stage, Status
from modules.autofix.learning import LessonState

PAGES: Final = ("/", "/jobs", "/jobs/0job1", "/deliveries", "/tracked", "/lessons", "/settings")
BUTTONS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("/poll", {}),
    ("/switch", {"to": "now"}),
    ("/jobs/0job1/decisions", {"decision": "cancel"}),
    ("/deliveries/0aa/replay", {}),
    ("/lessons/0aa", {"decision": "approve"}),
    ("/logout", {}),
)


async def delivered(visitor: Visitor, **body: Any) -> str:
    """The id of a webhook that was taken."""
    issue = {"id": "1", "title": "boom", "level": "error", "project": {"id": "1", "slug": "shop"}}
    sent = json.dumps({"action": "created", "data": {"issue": issue}, **body}).encode()
    signature = hmac.new(WEBHOOK_SECRET.encode(), sent, hashlib.sha256).hexdigest()
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

    (bars,) = re.findall(r'(?s)<svg [^>]*class="bars".*?</svg>', page)
    # A day begins and ends within an hour, except at the full one.
    assert len(re.findall(r"<rect ", bars)) in (24, 25)
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
    async with visiting(
        tmp_path, SENTRY_WEBHOOK_SECRET=f"{WEBHOOK_SECRET},{TOKEN}", **more
    ) as visitor:
        page = await visitor.see("/settings")

    assert "s3cret" not in page
    assert WEBHOOK_SECRET not in page
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
    assert await visitor.now(job) == job
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
    assert await visitor.now(job) == job


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
