"""The pages in a real browser: they load, keep the rules, follow changes, work by keyboard and
without scripts."""

from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from browser.eyes import Eyes, broken_rules, stops
from fakes.paged import TOKEN, Visitor, on_loopback, shop_job, waiting_job
from mcp_servers.sentry_monitor.src.web.rendering import took
from modules.autofix.job import Outcome, Stage, Status
from modules.jobs.adapters.inbox_tables import INBOX
from modules.outbound.clock import now

SCREENS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
PATHS: Final = (
    "/",
    "/jobs",
    "/jobs/0job1",
    "/jobs/0job2",
    "/jobs/0job3",
    "/deliveries",
    "/deliveries/0aa",
    "/lessons",
    "/settings",
)
LONG: Final = "TypeError: " + "unbroken" * 40


async def furnish(visitor: Visitor) -> None:
    """Something of everything."""
    job = visitor.keep(waiting_job())
    visitor.tell(job, "queued", "gather done")
    running = {"status": Status.RUNNING, "stage": Stage.FIX, "started_at": job.created_at}
    visitor.keep(shop_job("0job2", issue="2", issue_title=LONG, **running))
    failed = {"status": Status.FAILED, "outcome": Outcome.ERROR, "reason": "timeout"}
    visitor.keep(waiting_job("0job3", sentry_issue_id="3", completed_at=now(), **failed))
    visitor.keep(shop_job("0job4", issue="4"))
    row = {"source": "webhook", "resource": "issue", "action": "created", "issue_id": "1"}
    told = {"told": "{}", "headers": "{}", "body": b'{"a": "' + b"w" * 500 + b'"}'}
    times = {"received_at": now().timestamp(), "not_before": 0.0, "attempts": 1}
    state = {"id": "0aa", "project": "shop", "state": "skipped", "reason": "duplicate"}
    with visitor.engine.begin() as conn:
        conn.execute(sa.insert(INBOX), {**row, **told, **times, **state, "job_id": job.id})
    await visitor.service.lessons.propose("shop", "Add a test.", "")
    await visitor.service.lessons.teach("shop", LONG)


@pytest.mark.parametrize("screen", SCREENS)
async def test_pages_keep_the_rules_on_every_screen(
    eyes: Eyes, visitor: Visitor, screen: str
) -> None:
    await furnish(visitor)
    broken: dict[str, list[str]] = {}

    for path in PATHS:
        async with eyes.on(visitor.url + path, **SCREENS[screen]) as page:
            if found := await broken_rules(page):
                broken[path] = found

    assert broken == {}
    assert eyes.complaints == []


async def test_the_rules_find_what_breaks_them(eyes: Eyes, visitor: Visitor) -> None:
    """The control of the test above."""
    async with eyes.on(f"{visitor.url}/jobs") as page:
        await page.evaluate(
            "document.querySelector('label').remove();"
            "document.querySelector('h1').style.color = '#eee';"
            "document.body.append(document.createElement('table'));"
            "document.querySelector('main').style.minWidth = '3000px'"
        )

        found = await broken_rules(page)

    words = [one.partition(":")[0] for one in found]
    assert "no label" in words
    assert "a table without headers" in words
    assert any(word.startswith("contrast 1.") for word in words)
    assert any("wider than the screen" in word for word in words)


async def test_a_page_shows_a_change_without_being_loaded_again(
    eyes: Eyes, visitor: Visitor
) -> None:
    job = visitor.keep(waiting_job())
    async with eyes.on(f"{visitor.url}/jobs/0job1") as page:
        await page.get_by_text("Live", exact=True).wait_for()
        await page.get_by_text("Log").first.click()
        await page.evaluate("window.mark = 'the same window'")

        visitor.change(job, status=Status.SUCCEEDED, outcome=Outcome.FIXED, reason="proven")
        await page.locator(".state-fixed").wait_for()

        assert await page.evaluate("window.mark") == "the same window"
        assert await page.locator("#attempt-log-2").get_attribute("open") is not None
        assert await page.locator("#heard").inner_text() == "The job is succeeded, stage publish"
        assert await page.get_by_role("button", name="Approve this diff").count() == 0
    assert eyes.complaints == []


async def test_the_overview_sees_a_job_come_and_its_time_count(
    eyes: Eyes, visitor: Visitor
) -> None:
    async with eyes.on(visitor.url) as page:
        await page.get_by_text("Live", exact=True).wait_for()
        running = {"status": Status.RUNNING, "stage": Stage.FIX, "started_at": now()}

        visitor.keep(shop_job("0job1", issue_title="KeyError: 'cart'", **running))

        await page.get_by_text("KeyError: 'cart'").wait_for()
        elapsed = page.locator("time[data-since]").first
        shown = await elapsed.inner_text()
        await page.wait_for_function(
            "shown => document.querySelector('time[data-since]').textContent !== shown", arg=shown
        )
    assert eyes.complaints == []


async def test_scripts_tell_times_as_the_server_does(eyes: Eyes, visitor: Visitor) -> None:
    seconds = [0, 59, 60, 3599, 3600, 86_399, 86_400, 273_600]
    async with eyes.on(visitor.url) as page:
        shown = await page.evaluate("seconds => seconds.map(took)", seconds)

    assert shown == [took(one) for one in seconds]


async def test_what_somebody_types_is_not_taken_away(eyes: Eyes, visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    async with eyes.on(f"{visitor.url}/jobs/0job1") as page:
        await page.get_by_text("Live", exact=True).wait_for()
        field = page.get_by_label("Or say what to do differently")
        await field.fill("Return None.")
        await page.locator("h1").click()

        visitor.change(job, status=Status.CANCELLED)
        await page.get_by_text("Something has changed").wait_for()

        assert await field.input_value() == "Return None."
        await page.get_by_role("button", name="Guide another attempt").click()
        await page.get_by_text("only one that waits can be guided").wait_for()


async def test_a_service_that_comes_back_is_followed_again(eyes: Eyes, tmp_path: Path) -> None:
    async with on_loopback(tmp_path) as visitor:
        job = visitor.keep(waiting_job())
        port = int(visitor.url.rpartition(":")[2])
        page_of = eyes.on(f"{visitor.url}/jobs/0job1")
        page = await page_of.__aenter__()
        await page.get_by_text("Live", exact=True).wait_for()
    await page.get_by_text("does not answer").wait_for()

    async with on_loopback(tmp_path, port=port) as visitor:
        visitor.change(job, status=Status.SUCCEEDED, outcome=Outcome.FIXED)
        await page.locator(".state-fixed").wait_for()
        assert await page.locator("#live").inner_text() == "Live"
        await page_of.__aexit__(None, None, None)


async def test_a_page_that_nobody_sees_rests_and_catches_up(eyes: Eyes, visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    hide = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    notice = "document.dispatchEvent(new Event('visibilitychange'))"
    async with eyes.on(f"{visitor.url}/jobs/0job1") as page:
        await page.get_by_text("Live", exact=True).wait_for()
        stream = "**/api/v1/events"
        async with page.expect_event("requestfailed", lambda one: one.url.endswith("/events")):
            await page.evaluate(hide % "true" + notice)  # the connection is given up

        visitor.change(job, status=Status.SUCCEEDED, outcome=Outcome.FIXED)
        async with page.expect_request(stream):
            await page.evaluate(hide % "false" + notice)
        await page.locator(".state-fixed").wait_for()

    assert eyes.complaints == []


async def test_the_keyboard_reaches_everything_and_decides(eyes: Eyes, visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    async with eyes.on(f"{visitor.url}/jobs/0job1") as page:
        reachable = await page.locator(
            "a[href]:visible, button:visible, summary:visible, textarea:visible"
        ).count()

        reached = await stops(page)

        assert reached[0] == "A Skip to the content"
        assert len(reached) >= reachable
        await page.get_by_role("button", name="Approve this diff").focus()
        await page.keyboard.press("Enter")
        await page.get_by_text("Approved: the job goes on.").wait_for()
    assert (await visitor.service.autofix.jobs.get(job.id)).approved
    assert eyes.complaints == []


async def test_everything_works_without_scripts(eyes: Eyes, visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())
    async with eyes.on(visitor.url, java_script_enabled=False) as page:
        await page.get_by_role("button", name="Pause").click()
        await page.get_by_role("heading", name="Paused").wait_for()
        await page.get_by_role("link", name="ZeroDivisionError").click()
        await page.get_by_label("Or say what to do differently").fill("Return None.")
        await page.get_by_role("button", name="Guide another attempt").click()
        await page.get_by_text("The guidance is kept").wait_for()
        await page.get_by_role("link", name="Jobs").first.click()
        await page.get_by_label("Text in the title").fill("zero")
        await page.get_by_role("button", name="Filter").click()

        assert await page.locator("tbody tr").count() == 1
    after = await visitor.service.autofix.jobs.get(job.id)
    assert (after.status, after.instructions) == (Status.QUEUED, "Return None.")


async def test_hostile_text_runs_nowhere(eyes: Eyes, visitor: Visitor) -> None:
    evil = "\"><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>{{7*7}}"
    last = waiting_job().attempts[-1]
    attempts = (last.model_copy(update={"diff": f"+{evil}\n", "log": evil}),)
    visitor.keep(waiting_job(issue_title=evil, attempts=attempts, pr_url="javascript:evil=1"))
    for path in ("/", "/jobs", "/jobs/0job1", "/jobs?text=%22%3E%3Cscript%3E"):
        async with eyes.on(visitor.url + path) as page:
            assert await page.evaluate("window.evil") is None
            assert await page.locator("main img, main script").count() == 0
    assert eyes.complaints == []


async def test_the_policy_stops_a_script_that_gets_in(eyes: Eyes, visitor: Visitor) -> None:
    """Should escaping ever fail: the second wall stands by itself."""
    async with eyes.on(visitor.url) as page:
        stopped = await page.evaluate(
            "new Promise((told) => {"
            "  document.addEventListener('securitypolicyviolation', (one) => told(one.effectiveDirective));"
            "  document.querySelector('main').innerHTML = '<img src=/x onerror=\"window.evil = 1\">';"
            "})"
        )

        assert stopped == "script-src-attr"
        assert await page.evaluate("window.evil") is None


async def test_somebody_signs_in_and_out(eyes: Eyes, tmp_path: Path) -> None:
    async with on_loopback(tmp_path, TOKEN) as visitor, eyes.on(f"{visitor.url}/jobs") as page:
        broken = await broken_rules(page)
        await page.get_by_label("Token").fill("wrong" * 8)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_text("This is not the token").wait_for()
        await page.get_by_label("Token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Jobs", exact=True).wait_for()
        await page.get_by_text("Live", exact=True).wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="Sign in").wait_for()

        assert broken == []
