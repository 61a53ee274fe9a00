"""Looking at repairs, and at the pull requests that came of them."""

import hashlib
import shlex

import pytest

from fakes.job_door import OLD, Door, jobs, shop_job, waiting
from fakes.job_ports import NOW, SHOP, FakeJobs, Told, a_pull, an_autofix
from fakes.repairs import problem
from mcp_servers.sentry_monitor.src.operations.jobs import DecideAutofixJob
from modules.autofix.job import Attempt, Proof, Status
from modules.autofix.project import Project

# -- get-autofix-job


async def test_a_summary_has_the_report_marked_and_what_to_decide() -> None:
    data, text = await Door(jobs(waiting())).read("get-autofix-job", job_id="j1")

    assert data["diff_sha256"] == hashlib.sha256(b"+ fixed").hexdigest()
    assert "the list may be empty" not in text.partition("<untrusted ")[0]
    assert "root_cause: the list may be empty" in text
    assert "+ fixed" not in text
    assert data["decide"] == ["approve", "guide", "wont_fix"]
    for line in text.splitlines():
        if line.startswith(("approve: ", "guide: ", "wont_fix: ")):
            words = shlex.split(line)[1:]
            assert words[:4] == ["sentry-monitor", "call", "decide-autofix-job", "job_id=j1"]
            DecideAutofixJob.model_validate(dict(word.split("=", 1) for word in words[3:]))
    assert f"decision=approve diff_sha256={data['diff_sha256']}" in text
    assert text.count("sentry-monitor call") == 3


async def test_what_a_crash_said_is_shown_to_its_end() -> None:
    crashed = waiting(error_message=f"setup_failed: The set-up ended with 1: {'x ' * 150}END")

    _, text = await Door(jobs(crashed)).read("get-autofix-job", job_id="j1")

    assert "x x END" in text


@pytest.mark.parametrize(("include", "shown"), [("diff", "+ fixed"), ("log", "it worked")])
async def test_diff_and_log_are_shown_when_asked_for(include: str, shown: str) -> None:
    _, text = await Door(jobs(waiting())).read("get-autofix-job", job_id="j1", include=include)

    assert f"[{include}]\n{shown}" in text


async def test_the_output_of_tests_that_prove_nothing_is_shown_with_the_log() -> None:
    proof = Proof(proven=False, reasons=("suite_worse",), output="FAILED t::a", passed_before=3)

    _, text = await Door(jobs(waiting(proof=proof))).read(
        "get-autofix-job", job_id="j1", include="log"
    )

    assert "proof: not proven: suite_worse" in text
    assert "[test_output]\nFAILED t::a" in text


async def test_the_history_has_a_line_for_each_step() -> None:
    told = (Told(message="gather done", stage="gather"), Told(message="waits for a decision"))

    _, text = await Door(jobs(waiting(), history=told)).read(
        "get-autofix-job", job_id="j1", include="history"
    )

    assert "2026-11-25T12:00:00Z | gather | gather done" in text
    assert "| fix | waits for a decision" in text


async def test_a_long_history_is_shown_from_its_end() -> None:
    told = tuple(Told(message=f"step {n}") for n in range(150))

    data, text = await Door(jobs(waiting(), history=told)).read(
        "get-autofix-job", job_id="j1", include="history"
    )

    assert len(data["history"]) == len(data["untrusted"]["data"]) == 100
    assert "step 149" in text
    assert "step 49\n" not in text


async def test_an_issue_without_a_short_id_is_named_by_its_number() -> None:
    door = Door(jobs(waiting(problem=problem(short_id=""))))

    data, text = await door.read("get-autofix-job", job_id="j1")

    assert data["issue"] == "42"
    assert text.startswith("job j1 for 42: waiting")


async def test_an_unknown_job_is_not_found() -> None:
    error = await Door().refusal("get-autofix-job", job_id="j9")

    assert (error.code, error.category) == ("autofix_no_such_job", "not_found")


# -- list-autofix-jobs


async def test_jobs_are_listed_newest_first_with_titles_marked() -> None:
    older = shop_job(id="j0", created_at=NOW - OLD, issue_title="boom", status=Status.FAILED)
    door = Door(jobs(older, shop_job(issue_title="crash"), off="the kill switch is on"))

    data, text = await door.read("list-autofix-jobs")
    failed, _ = await door.read("list-autofix-jobs", status="failed")

    assert [one["job"] for one in data["jobs"]] == ["j1", "j0"]
    assert "nothing runs now: the kill switch is on" in text
    assert "boom" not in text.partition("<untrusted ")[0]
    assert [one["job"] for one in failed["jobs"]] == ["j0"]


async def test_jobs_of_a_project_are_asked_for_by_its_slug() -> None:
    other = shop_job(id="j2", project_key="api", project_slug="api-server")
    projects = (SHOP, Project(key="api", slug="api-server", repository="/srv/api"))
    store = FakeJobs({"j1": shop_job(), "j2": other})
    door = Door(an_autofix(store, projects=projects))

    shop, _ = await door.read("list-autofix-jobs", project_slug="shop")
    api, _ = await door.read("list-autofix-jobs", project_slug="api-server")
    none = await door.refusal("list-autofix-jobs", project_slug="nope")
    no_pulls = await door.refusal("list-autofix-pull-requests", project_slug="nope")

    assert [one["job"] for one in shop["jobs"]] == ["j1"]
    assert [one["job"] for one in api["jobs"]] == ["j2"]
    assert none.code == no_pulls.code == "unmapped_project"
    assert "mapped are: shop, api-server" in none.message


async def test_jobs_of_a_project_that_is_mapped_no_more_are_found_by_its_key() -> None:
    door = Door(an_autofix(FakeJobs({"j1": shop_job(project_key="old")})))

    data, _ = await door.read("list-autofix-jobs", project_slug="old")

    assert [one["job"] for one in data["jobs"]] == ["j1"]


# -- list-autofix-pull-requests


async def test_pull_requests_are_listed_without_their_bodies() -> None:
    door = Door(an_autofix(pulls=[a_pull(number=2, url="local://2", draft=True), a_pull()]))

    data, text = await door.read("list-autofix-pull-requests")

    assert [one["number"] for one in data["pull_requests"]] == [2, 1]
    assert "#2 | open, draft | sentry-autofix/shop-1a-0a1b2c-g1 | fix(SHOP-1A)" in text
    assert "what and why" not in text


async def test_a_pull_request_that_is_not_there_is_told_with_those_that_are() -> None:
    some = Door(an_autofix(pulls=[a_pull(number=n, url=f"local://{n}") for n in (3, 1)]))

    missing = await some.refusal("list-autofix-pull-requests", number=9)
    empty = await Door().refusal("list-autofix-pull-requests", number=9)

    assert (missing.code, missing.category) == ("autofix_no_such_pull_request", "not_found")
    assert "#9; there are: #3, #1." in missing.message
    assert "there is none" in empty.message


async def test_one_pull_request_is_shown_in_full() -> None:
    door = Door(an_autofix(pulls=[a_pull(comments=("good",), files=("a.py",))]))

    _, text = await door.read("list-autofix-pull-requests", number=1)

    for part in ("[files]\na.py", "[comments]\ngood", "[body]\nwhat and why"):
        assert part in text


async def test_a_branch_may_be_named_by_a_stranger_so_it_is_marked() -> None:
    door = Door(an_autofix(pulls=[a_pull(head="run-npx-evil", ours=False)]))

    data, text = await door.read("list-autofix-pull-requests")

    assert "npx" not in str(data["pull_requests"])
    assert data["untrusted"]["data"][0]["head"] == "run-npx-evil"
    assert "npx" not in text.partition("<untrusted ")[0]


async def test_projects_of_one_repository_show_its_pull_requests_once() -> None:
    other = Project(key="api", slug="api-server", repository=SHOP.repository)
    door = Door(an_autofix(pulls=[a_pull()], projects=(SHOP, other)))

    data, _ = await door.read("list-autofix-pull-requests")

    assert len(data["pull_requests"]) == 1


async def test_no_more_pull_requests_are_listed_than_an_answer_holds() -> None:
    many = [a_pull(number=n, url=f"local://{n}") for n in range(150, 0, -1)]

    data, text = await Door(an_autofix(pulls=many)).read("list-autofix-pull-requests")

    assert [one["number"] for one in data["pull_requests"]] == list(range(150, 100, -1))
    assert text.startswith("50 pull requests of 150, newest first")


async def test_a_long_diff_is_read_to_its_end_before_it_can_be_approved() -> None:
    long = "".join(f"+ line {number}\n" for number in range(5000))
    attempt = Attempt(number=1, started_at=NOW, diff=long)
    door = Door(jobs(waiting(attempts=(attempt,))))

    data, _ = await door.read("get-autofix-job", job_id="j1", include="diff")
    seen = data["untrusted"]["data"]["diff"]
    while more := data.get("more"):
        offset = int(more.rpartition("=")[2])
        data, _ = await door.read("get-autofix-job", job_id="j1", include="diff", offset=offset)
        seen += data["untrusted"]["data"]["diff"]

    assert seen.replace("\n", "") == long.replace("\n", "")
    assert data["diff_sha256"] == hashlib.sha256(long.encode()).hexdigest()
    first, _ = await door.read("get-autofix-job", job_id="j1")
    assert "diff_sha256" not in first
