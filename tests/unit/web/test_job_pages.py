"""The pages of jobs: the list with its filters, one job, what its buttons do."""

import re
from datetime import timedelta
from typing import Any

import pytest

from fakes.paged import DIFF, Visitor, forms, shop_job, waiting_job
from modules.autofix.decisions import diff_sha256
from modules.autofix.job import Outcome, Stage, Status, StopAt


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

    after = await visitor.now(job)
    assert answer.status_code == 303
    assert after.status is status
    assert after.approved is (button == "Approve this diff")
    assert (after.outcome is Outcome.WONT_FIX) is (button == "Won't fix")
    assert told in await visitor.see(answer.headers["location"])


async def test_guidance_begins_another_attempt_with_these_words(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Guide another attempt", text="  Return None. ")

    after = await visitor.now(job)
    assert answer.status_code == 303
    assert (after.status, after.stage) == (Status.QUEUED, Stage.FIX)
    assert after.instructions == "Return None."


async def test_guidance_without_words_is_refused(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Guide another attempt", text="   ")

    assert answer.status_code == 400
    assert "Say what the agent is to do differently." in answer.text
    assert await visitor.now(job) == job


async def test_a_job_that_failed_can_be_retried(visitor: Visitor) -> None:
    job = visitor.keep(shop_job(status=Status.FAILED, outcome=Outcome.ERROR, stage=Stage.FIX))

    answer = await visitor.press("/jobs/0job1", "Retry")

    after = await visitor.now(job)
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
    assert (await visitor.now(job)).approved


async def test_a_decision_that_does_not_fit_any_more_says_so_and_changes_nothing(
    visitor: Visitor,
) -> None:
    job = visitor.keep(waiting_job())
    page = await visitor.see("/jobs/0job1")
    form = next(one for one in forms(page) if "Approve this diff" in one.buttons)
    await visitor.press("/jobs/0job1", "Cancel the job")
    before = await visitor.now(job)

    answer = await visitor.http.post(form.action, data={**form.fields, "decision": "approve"})

    assert answer.status_code == 409
    assert "The job was cancelled; only one that waits can be approved." in answer.text
    assert "Nothing was changed." in answer.text
    assert await visitor.now(job) == before


async def test_another_diff_than_the_one_that_was_read_is_not_approved(visitor: Visitor) -> None:
    job = visitor.keep(waiting_job())

    answer = await visitor.press("/jobs/0job1", "Approve this diff", diff_sha256="0" * 64)

    assert answer.status_code == 409
    assert "Look at the diff as it is now" in answer.text
    assert await visitor.now(job) == job


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
