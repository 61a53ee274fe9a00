"""What a Sentry tells by its own webhooks, and what becomes of it in the builtin tracker."""

import httpx

from fakes.told_sentry import ToldSentry

from .conftest import Track


def said(shown: dict[str, object]) -> list[str]:
    told = shown["untrusted"]
    assert isinstance(told, dict)
    return [one["text"] for one in told["data"]["comments"]]


async def test_an_error_that_escalates_is_commented_on_and_its_priority_goes_up(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.report()
        before = await running.tracked("OPS-1", state="open", priority="P2")
        await sentry.change("1", status="ignored", substatus="archived_until_escalating")
        await sentry.report(times=10)
        after = await running.tracked("OPS-1", state="open", priority="P1")

    assert said(before) == []
    assert said(after) == ["This error is escalating: it happens more often than before."]
    assert sentry.told()[-1] == ("issue", "unresolved")


async def test_what_is_resolved_in_the_next_release_is_closed_when_that_is_out(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.report(release="shop@1")
        await running.tracked("OPS-1", state="open")
        await sentry.change("1", status="resolvedInNextRelease")
        waits = await running.tracked("OPS-1", state="open", until="next_release")
        too_soon = await running.ask("sync-tracked-issue", name="OPS-1")
        await sentry.release("shop@2")
        released = await running.ask("sync-tracked-issue", name="OPS-1")
        await sentry.report(release="shop@2")
        again = await running.tracked("OPS-1", state="open")

    assert "next release" in said(waits)[-1]
    assert (too_soon["state"], too_soon["repaired"]) == ("open", [])
    assert (released["state"], released["repaired"]) == ("closed", ["resolved-in-sentry"])
    assert "until" not in again


NEW = "[projects.shop.tracker]\nnew_issue_on_regression = true\n"


async def test_what_comes_back_is_another_issue_that_leads_to_the_first_where_that_is_configured(
    track: Track, sentry: ToldSentry
) -> None:
    async with track(rules=NEW) as running:
        await sentry.report()
        await running.tracked("OPS-1", state="open")
        await sentry.change("1", status="resolved")
        await running.tracked("OPS-1", state="closed")
        await sentry.report()
        second = await running.tracked("OPS-2", state="open", generation=2)
        first = await running.ask("get-tracked-issue", name="OPS-1")
        page = await running.http.get(f"/tracked/{second['id']}")

    body = second["untrusted"]["data"]["body"]
    assert "regressed after being marked as resolved" in body
    assert "**Tracked before as:** OPS-1" in body
    assert second["previous"] == "OPS-1"
    assert (first["state"], first["generation"]) == ("closed", 1)
    assert f"/tracked/{first['id']}" in page.text


FILTERS = """
[projects.shop.tracker]
level = "error"
environments = ["production"]
"""


async def test_only_what_is_grave_enough_and_of_the_chosen_environments_is_tracked(
    track: Track, sentry: ToldSentry
) -> None:
    async with track(rules=FILTERS) as running:
        await sentry.report("Slow", level="warning", environment="production")
        await sentry.report("Odd", environment="staging")
        await sentry.report("Nowhere")
        await sentry.report("Broken", environment="production")
        await running.tracked("OPS-1", state="open")
        await sentry.report("Fatal", environment="production", level="fatal")
        await running.tracked("OPS-2", state="open")
        listed = await running.ask("list-tracked-issues")

    titles = {one["title"] for one in listed["untrusted"]["data"]}
    assert titles == {"[shop] Fatal: division by zero", "[shop] Broken: division by zero"}
    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}


async def test_what_is_tracked_stays_in_step_in_whatever_environment_it_goes_on(
    track: Track, sentry: ToldSentry
) -> None:
    async with track(rules=FILTERS) as running:
        await sentry.report(environment="production")
        await running.tracked("OPS-1", state="open")
        await sentry.change("1", status="resolved")
        await running.tracked("OPS-1", state="closed")
        await sentry.report(environment="staging")
        again = await running.tracked("OPS-1", state="open")

    assert "regressed" in said(again)[-1]


ONLY_REGRESSIONS = '[defaults.tracker]\nevents = ["regressed"]\n'


async def test_only_the_chosen_events_begin_an_issue(track: Track, sentry: ToldSentry) -> None:
    async with track(rules=ONLY_REGRESSIONS) as running:
        await sentry.report()
        before = await running.listed()
        await sentry.change("1", status="resolved")
        await sentry.report()
        tracked = await running.tracked("OPS-1", state="open")

    assert before == []
    assert "regressed" in tracked["untrusted"]["data"]["body"]


async def test_a_project_that_nobody_named_is_acknowledged_and_not_tracked(
    track: Track, sentry: ToldSentry
) -> None:
    async with track(SENTRY_TRACKER_PROJECTS="shop") as running:
        await sentry.report(project="blog")
        await sentry.report()
        await running.tracked("OPS-1", project="shop")
        listed = await running.listed()

    assert len(listed) == 1
    assert {one.status for one in sentry.deliveries} == {httpx.codes.OK}


async def test_a_project_without_a_repository_is_tracked_without_a_cause(
    track: Track, sentry: ToldSentry
) -> None:
    async with track() as running:
        await sentry.report(project="blog")
        tracked = await running.tracked("OPS-1", project="blog")

    assert "## Suspected Cause" not in tracked["untrusted"]["data"]["body"]


PEOPLE = """
[defaults.tracker.assignees]
"local@acme.example" = "jo"
"ada@acme.example" = "ada"
"""


async def test_who_is_assigned_in_sentry_is_assigned_here_and_the_next_one_too(
    track: Track, sentry: ToldSentry
) -> None:
    async with track(rules=PEOPLE) as running:
        await sentry.report()
        await running.tracked("OPS-1", state="open")
        await sentry.change("1", assignedTo="me")
        await running.tracked("OPS-1", assignee="jo")
        await sentry.change("1", assignedTo="ada@acme.example")
        await running.tracked("OPS-1", assignee="ada")
        await sentry.change("1", assignedTo="")  # of which Sentry tells nobody
        after = await running.ask("sync-tracked-issue", name="OPS-1")

    assert after["assignee"] == "ada"
    assert sentry.told()[-2:] == [("issue", "assigned")] * 2
