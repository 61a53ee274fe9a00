"""A self-hosted Sentry of 2023."""

from fakes import old_sentry
from fakes.desk import Desk, words
from modules.framework.contracts import Status


async def test_an_old_sentry_is_asked_for_issues_below_their_organization(old: Desk) -> None:
    data = await old.data("get-issue-details", issue_id="SHOP-3")

    assert data["issue"]["id"] == "3"
    assert "priority" not in data["issue"]
    assert "substatus" not in data["issue"]
    assert all(one.startswith("GET /api/0/organizations/acme/") for one in old.paths)


async def test_an_event_past_retention_leaves_the_issue_to_be_read(old: Desk) -> None:
    output = await old.answer(
        "get-issue-details", issue_id=f"{old_sentry.URL}/issues/3/events/{4:032x}/"
    )

    assert output.status is Status.PARTIAL_SUCCESS
    assert "past retention" in words(output)


async def test_a_substatus_that_is_not_kept_is_told(old: Desk) -> None:
    output = await old.answer("ignore-issue", issue_id="3", until="forever")

    assert output.status is Status.PARTIAL_SUCCESS
    assert "does not keep the condition" in words(output)


async def test_a_condition_that_is_kept_is_a_success(old: Desk) -> None:
    output = await old.answer("resolve-issue", issue_id="3", in_release="shop@1.1")

    assert output.status is Status.SUCCESS
    assert (output.data or {})["after"]["details"] == {"inRelease": "shop@1.1"}


async def test_an_unknown_release_is_explained(old: Desk) -> None:
    error = await old.refusal("resolve-issue", issue_id="3", in_release="9.9")

    assert error.category == "validation"
    assert "no such release" in str(error.recovery_suggestion)


async def test_the_same_comment_twice_is_there_once(old: Desk) -> None:
    first = await old.data("add-comment", issue_id="3", text="seen")
    second = await old.data("add-comment", issue_id="3", text="seen")

    assert (first["already_there"], second["already_there"]) == (False, True)
    assert first["comment_id"] == second["comment_id"]


async def test_statistics_of_an_old_sentry_are_complete_but_for_substatus(old: Desk) -> None:
    output = await old.answer("get-project-stats")

    data = output.data or {}
    assert output.status is Status.SUCCESS
    assert data["issues"] == {"new": 0, "regressed": 0, "escalating": 0}
    assert (data["rates"]["accepted"], data["rates"]["filtered"], data["users"]) == (7, 2, 2)


async def test_an_old_sentry_tells_its_version(old: Desk) -> None:
    data = await old.data("check-connection")

    assert (data["kind"], data["version"], data["lacks"]) == ("sentry", "23.7.1", [])


async def test_an_issue_whose_events_are_all_past_retention_is_still_read(http_old: Desk) -> None:
    http_old.server.expired = True  # type: ignore[union-attr]

    details = await http_old.answer("get-issue-details", issue_id="3")
    listed = await http_old.data("get-error-events", issue_id="3")
    error = await http_old.refusal("get-error-events", issue_id="3", event_id="latest")

    assert details.status is Status.PARTIAL_SUCCESS
    assert (details.data or {})["issue"]["short_id"] == "SHOP-3"
    assert "past retention" in words(details)
    assert listed["events"] == []
    assert error.category == "not_found"


async def test_a_region_elsewhere_is_neither_asked_nor_recommended(http_old: Desk) -> None:
    output = await http_old.answer("check-connection")

    assert old_sentry.ACME["links"] == {"regionUrl": old_sentry.URL}
    assert (output.data or {})["region"] == ""
    assert output.recommendations == ()


async def test_annotations_of_html_are_in_no_answer(http_old: Desk) -> None:
    for operation, given in (("get-recent-issues", {}), ("get-issue-details", {"issue_id": "3"})):
        output = await http_old.answer(operation, **given)

        assert "JIRA-1" not in output.model_dump_json()
