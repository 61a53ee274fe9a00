"""Changing an issue: look, change once, read back, say how to undo it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules.framework.contracts import Answer, SideEffect
from modules.framework.errors import ModuleError
from modules.outbound.errors import OutcomeUnknown
from modules.safetext.sinks import for_line
from modules.sentry.errors import Rejected
from modules.sentry.issues import add_note, get_issue, list_notes, update_issue
from modules.sentry.locate import IssueRef, locate_issue
from modules.sentry.models import Issue

from .facts import issue_facts, name_of, present
from .services import Services


@dataclass(frozen=True)
class Change:
    """A status to set, with Sentry's `substatus` and `statusDetails`."""

    status: str
    substatus: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        named = {"substatus": self.substatus} if self.substatus else {}
        return {"status": self.status, **named, "statusDetails": dict(self.details)}

    def made(self, issue: Issue) -> bool:
        """Whether an issue is as wanted, as far as servers agree on how they say so."""
        if issue.status != self.status:
            return False
        if self.substatus and issue.substatus != self.substatus:
            return False
        return not self.details or bool(issue.status_details)


@dataclass(frozen=True)
class Said:
    """A comment that is there now."""

    id: str
    already_there: bool = False
    side_effects: tuple[SideEffect, ...] = ()
    warnings: tuple[str, ...] = ()


async def apply_change(
    services: Services, reference: str, change: Change, comment: str | None
) -> Answer:
    """Change the status of an issue and comment on it.

    The change is sent once. If its answer is lost, reading back tells whether it was applied.
    """
    sentry = services.sentry
    ref = locate_issue(reference, base_url=sentry.base_url)
    org = await sentry.organization(ref.org)
    before = await get_issue(sentry, org, ref)
    own = IssueRef(id=before.id or ref.id)
    warnings = await _send(services, org, own, before, change)
    after = await get_issue(sentry, org, own)
    if warnings and not change.made(after):
        raise OutcomeUnknown(
            f"The change of {ref.id} was sent and not answered; it reads back as {after.status}.",
            recovery="It may still arrive: look again with get-issue-details before you repeat it.",
        )
    name = name_of(issue_facts(after, sentry.base_url))
    said, gaps = await _comment(services, org, IssueRef(id=name), comment)
    effects = [] if change.made(before) else [_effect(services, name, before, after)]
    data = {"issue": name, "before": _state(before), "after": _state(after)}
    return Answer(
        data={**data, "comment_id": said.id} if said else data,
        side_effects=(*effects, *(said.side_effects if said else ())),
        gaps=(*gaps, *_shortfall(change, after)),
        warnings=(*warnings, *(said.warnings if said else ())),
    )


async def _send(
    services: Services, org: str, ref: IssueRef, before: Issue, change: Change
) -> tuple[str, ...]:
    if change.made(before) and not change.details:
        return (f"It was {before.status} already; nothing was sent.",)
    try:
        await update_issue(services.sentry, org, ref, change.body())
    except OutcomeUnknown:
        return ("Sentry did not answer the change; it was found applied by reading back.",)
    except Rejected as error:
        raise _explained(error, change) from None
    return ()


def _explained(error: Rejected, change: Change) -> Rejected:
    if "inNextRelease" in change.details or "inRelease" in change.details:
        recovery = (
            "The project may have no such release, or none at all: call without "
            "in_next_release/in_release, or give a version that Sentry knows."
        )
        return Rejected(error.message, recovery=recovery, details=error.details)
    if "inCommit" in change.details:
        recovery = "Sentry must know the repository and the commit: check repository@sha."
        return Rejected(error.message, recovery=recovery, details=error.details)
    return error


def _shortfall(change: Change, after: Issue) -> tuple[str, ...]:
    if change.made(after):
        return ()
    if after.status != change.status:
        return (f"Sentry accepted the change, but the issue reads back as {after.status}.",)
    return (f"It is {after.status}, but this server does not keep the condition that was asked.",)


def _effect(services: Services, name: str, before: Issue, after: Issue) -> SideEffect:
    undo = {
        "unresolved": f"unresolve-issue issue_id={name}",
        "resolved": f"resolve-issue issue_id={name}",
        "ignored": f"ignore-issue issue_id={name}",
    }
    return SideEffect(
        action="set-status",
        target=f"issue {name} on {services.sentry.base_url}",
        before=_state(before),
        after=_state(after),
        undo=undo.get(before.status),
    )


def _state(issue: Issue) -> dict[str, Any]:
    """Status with its conditions; `actor` and the like are left out."""
    shown = ("inRelease", "inNextRelease", "ignoreCount", "ignoreUntil", "ignoreDuration")
    details = {k: for_line(v, 100) for k, v in issue.status_details.items() if k in shown}
    return present({"status": issue.status, "substatus": issue.substatus, "details": details})


async def _comment(
    services: Services, org: str, ref: IssueRef, comment: str | None
) -> tuple[Said | None, tuple[str, ...]]:
    """A comment that fails does not undo the change it belongs to."""
    if comment is None:
        return None, ()
    try:
        return await comment_on(services, org, ref, comment), ()
    except ModuleError as error:
        return None, (f"The comment was not added: {error.message}",)


async def comment_on(services: Services, org: str, ref: IssueRef, comment: str) -> Said:
    """Add a comment once; one whose answer was lost, or that Sentry knows already, is looked up."""
    warning = ""
    try:
        note_id = await add_note(services.sentry, org, ref, comment)
    except (OutcomeUnknown, Rejected) as error:
        found = [
            one for one, told in await list_notes(services.sentry, org, ref) if told == comment
        ]
        if not found:
            raise
        if isinstance(error, Rejected):
            return Said(for_line(found[0], 40), already_there=True)
        note_id = found[0]
        warning = "Sentry did not answer the comment; it was found there by reading back."
    note_id = for_line(note_id, 40)
    effect = SideEffect(
        action="add-comment",
        target=f"issue {ref.id} on {services.sentry.base_url}",
        after={"comment_id": note_id},
        undo=f"delete comment {note_id} in Sentry",
    )
    return Said(note_id, side_effects=(effect,), warnings=(warning,) if warning else ())
