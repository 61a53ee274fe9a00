"""A comment whose answer was lost: found if it is there, never mistaken for somebody else's."""

from typing import Any

import pytest

from fakes.sender import FakeSender, reply
from fakes.values import an_issue
from mcp_servers.sentry_monitor.src.operations.changes import Change, apply_change, comment_on
from mcp_servers.sentry_monitor.src.operations.services import Services
from modules.framework.errors import ModuleError
from modules.outbound.clock import now
from modules.outbound.errors import OutcomeUnknown
from modules.outbound.messages import Reply, Request
from modules.safetext.policy import Policy
from modules.sentry.client import SentryClient
from modules.sentry.errors import UpstreamFailure
from modules.sentry.locate import IssueRef

ISSUE = "/api/0/organizations/acme/issues/42/"
NOTES = f"{ISSUE}notes/"
OLD = {"id": "55", "data": {"text": "fixed"}}
REF = IssueRef("42")


class Notes:
    """An issue's comments, and what becomes of a new one."""

    def __init__(self, *there: dict[str, Any], answer: Reply | Exception, kept: bool) -> None:
        self.there = list(there)
        self.answer = answer
        self.kept = kept

    def __call__(self, request: Request) -> Reply:
        if request.method == "GET":
            return reply(self.there)
        if self.kept:
            self.there.insert(0, {"id": "77", "data": {"text": request.body["text"]}})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def services(notes: Any) -> Services:
    resolved = [an_issue(), an_issue(status="resolved")]
    sender = FakeSender(
        {
            NOTES: notes,
            ISSUE: lambda request: reply(resolved.pop(0) if len(resolved) > 1 else resolved[0]),
        }
    )
    return Services(
        sentry=SentryClient("https://sentry.test", connect=lambda url: sender, org="acme"),
        project="shop",
        policy=Policy(),
        now=now,
        operation_scopes={},
    )


async def comment(notes: Any) -> Any:
    return await comment_on(services(notes), "acme", REF, "fixed", name="SHOP-1")


LOST = OutcomeUnknown("It did not answer POST.")


@pytest.mark.parametrize("answer", [LOST, reply({}, 500), reply({}, 524)])
async def test_a_new_comment_is_found_by_reading_back(answer: Any) -> None:
    said = await comment(Notes(OLD, answer=answer, kept=True))

    assert said.id == "77"
    assert said.side_effects[0].undo == "delete comment 77 in Sentry"


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (LOST, OutcomeUnknown),
        (reply({}, 500), UpstreamFailure),
        (reply({}, 503), OutcomeUnknown),
        (reply({}, 524), OutcomeUnknown),
        (reply({}, 408), OutcomeUnknown),
    ],
)
async def test_an_older_comment_with_the_same_words_is_not_taken_for_ours(
    answer: Any, becomes: type[ModuleError]
) -> None:
    with pytest.raises(becomes):
        await comment(Notes(OLD, answer=answer, kept=False))


async def test_where_the_comments_could_not_be_seen_before_nobody_can_tell() -> None:
    notes = Notes(OLD, answer=LOST, kept=True)
    seen: list[str] = []

    def hidden_at_first(request: Request) -> Reply:
        seen.append(request.method)
        return reply({}, 500) if seen == ["GET"] else notes(request)

    with pytest.raises(OutcomeUnknown, match="may be older"):
        await comment(hidden_at_first)


async def test_a_comment_that_may_have_been_added_is_not_called_missing() -> None:
    answer = await apply_change(
        services(Notes(answer=LOST, kept=False)), "42", Change("resolved"), "fixed"
    )

    (gap,) = answer.gaps
    assert gap.startswith("The comment may have been added, or not:")
    assert "before you repeat it" in gap


async def test_a_comment_that_was_there_already_is_not_called_added() -> None:
    refused = reply({"detail": "You have already posted that comment."}, 400)
    answer = await apply_change(
        services(Notes(OLD, answer=refused, kept=False)), "42", Change("resolved"), "fixed"
    )

    assert (answer.data["comment_id"], answer.data["already_there"]) == ("55", True)
    assert [one.action for one in answer.side_effects] == ["set-status"]
