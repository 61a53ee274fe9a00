"""Make a pull request on GitHub, or bring the open one up to date: never two of one head.

A write is never simply repeated: after an answer that did not come, the pull request is looked for
first. GitHub itself refuses a second open one of the same head (422), which is then found.
"""

import logging
from dataclasses import replace
from typing import Final

from modules.autofix.ports import Proposal
from modules.github import pulls
from modules.github.client import GitHubClient
from modules.github.errors import Away, Forbidden, Missing, Rejected
from modules.github.models import Pull
from modules.outbound.errors import OutcomeUnknown

TRIES: Final = 2
UNPROVEN: Final = "autofix: unproven"
NO_DRAFTS: Final = (
    "**This would be a draft, but it could not be made one: the fix is not proven. It needs more "
    "than a look before it is merged.**"
)
IN_DOUBT: Final = (OutcomeUnknown, Away)  # a write that may have been applied
logger = logging.getLogger(__name__)


async def proposed(client: GitHubClient, name: str, proposal: Proposal) -> Pull:
    """Raises GitHubError, OutboundError."""
    pull = await pulls.find_pull(client, name, proposal.head)
    if pull is None:
        pull = await _made(client, name, proposal)
    if pull.state != "open":
        return pull
    return await _up_to_date(client, name, pull, proposal)


async def _made(client: GitHubClient, name: str, proposal: Proposal) -> Pull:
    for attempt in range(1, TRIES + 1):
        try:
            return await _created(client, name, proposal)
        except (*IN_DOUBT, Rejected) as error:
            found = await pulls.find_pull(client, name, proposal.head)
            if found is not None:
                return found
            if isinstance(error, Rejected) or attempt == TRIES:
                raise
    raise AssertionError("the last attempt returns or raises")


async def _created(client: GitHubClient, name: str, proposal: Proposal) -> Pull:
    """A draft where the plan has them (not all private repositories do)."""
    try:
        return await _create(client, name, proposal)
    except Rejected as error:
        if not (proposal.draft and error.no_drafts):
            raise
    return await _create(client, name, replace(proposal, draft=False, body=_undrafted(proposal)))


async def _create(client: GitHubClient, name: str, proposal: Proposal) -> Pull:
    return await pulls.create_pull(
        client,
        name,
        title=proposal.title,
        body=proposal.body,
        head=proposal.head,
        base=proposal.base,
        draft=proposal.draft,
    )


async def _up_to_date(client: GitHubClient, name: str, pull: Pull, proposal: Proposal) -> Pull:
    """What differs, and nothing else; each of it may be done twice."""
    body = _undrafted(proposal) if proposal.draft and not pull.draft else proposal.body
    wanted = {"title": proposal.title, "body": body, "base": proposal.base}
    there = {"title": pull.title, "body": pull.body or "", "base": pull.base.ref}
    if changes := {field: new for field, new in wanted.items() if new != there[field]}:
        pull = await _edited(client, name, pull, changes)
    if pull.draft and not proposal.draft:
        pull = await _ready(client, name, pull)
    await _label(client, name, pull, proposal)
    return pull


async def _edited(client: GitHubClient, name: str, pull: Pull, changes: dict[str, str]) -> Pull:
    """The same edit twice is the same, so one in doubt is repeated."""
    try:
        return await pulls.edit_pull(client, name, pull.number, changes)
    except IN_DOUBT:
        return await pulls.edit_pull(client, name, pull.number, changes)


async def _ready(client: GitHubClient, name: str, pull: Pull) -> Pull:
    """A draft that may not be made ready is still the pull request of a proven fix."""
    try:
        await pulls.mark_ready(client, name, pull)
    except (Forbidden, Missing, Rejected) as error:
        logger.warning("a draft stays a draft: %s", error.message)
        return pull
    return pull.model_copy(update={"draft": False})


async def _label(client: GitHubClient, name: str, pull: Pull, proposal: Proposal) -> None:
    """A label is not worth a pull request: who may not give one has none."""
    there = {label.name for label in pull.labels}
    try:
        if missing := [label for label in proposal.labels if label not in there]:
            await pulls.add_labels(client, name, pull.number, missing)
        if UNPROVEN in there and UNPROVEN not in proposal.labels:
            await pulls.remove_label(client, name, pull.number, UNPROVEN)
    except (Forbidden, Missing, Rejected) as error:
        logger.warning("the labels of a pull request stay as they are: %s", error.message)


def _undrafted(proposal: Proposal) -> str:
    return f"{NO_DRAFTS}\n\n{proposal.body}"
