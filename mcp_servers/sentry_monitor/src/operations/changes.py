"""Changing an issue: look, change once, read back, say how to undo it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from modules.framework.contracts import Answer, SideEffect
from modules.framework.errors import ModuleError, in_full
from modules.outbound.deadline import part_of_the_time
from modules.outbound.errors import OutcomeUnknown
from modules.sentry.errors import BadAnswer, Rejected, Unsupported, UpstreamFailure
from modules.sentry.issues import add_note, get_issue, list_notes, update_issue
from modules.sentry.locate import IssueRef, locate_issue
from modules.sentry.models import Issue

from .conditions import are_met, conditions
from .facts import issue_facts, name_of, word
from .services import Services
from .undo import hidden_releases, state_of, undo

# Of whoever stands between: what they gave up on may have been passed on.
GATEWAY: Final = (408, 499, 502, 503, 504, 520, 521, 522, 523, 524)
FOR_EVER: Final = "archived_forever"
UNCHANGED: Final = "It was so already: Sentry accepted the change, and nothing changed by it."
IN_DOUBT: Final = (OutcomeUnknown, UpstreamFailure, BadAnswer)  # it may have been applied


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
        return are_met(self.details, issue)

    def shows(self, before: Issue, after: Issue) -> bool:
        """Whether a difference can only be this change, applied."""
        if after.status == self.status != before.status:
            return True
        moved = conditions(before) != conditions(after) or not self.made(before)
        return moved and self.made(after)


@dataclass(frozen=True)
class Sent:
    """Whether a change was sent; `doubt` is why nobody knows whether it was applied."""

    sent: bool
    doubt: ModuleError | None = None
    warnings: tuple[str, ...] = ()


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
    org = await sentry.organization(ref.org, likely=ref.likely_org)
    if change.details and await sentry.is_glitchtip():
        raise Unsupported(
            "GlitchTip keeps no condition: it would resolve or ignore the issue at once.",
            recovery="Resolve without in_next_release, in_release and in_commit; ignore with "
            "until=forever.",
        )
    before = await get_issue(sentry, org, ref)
    if change.substatus == FOR_EVER and "substatus" in sentry.lacks:
        change = replace(change, substatus="")  # there it is the only way to ignore
    own = IssueRef(id=before.id or ref.id)
    sent = await _send(services, org, own, before, change)
    after, unread = await _read_back(services, org, own, before, change, sent)
    name = _name(services, after)
    said, gaps = await _comment(services, org, own, name, comment)
    idle = sent.sent and not unread and change.made(before) and _same(before, after)
    effects = [_effect(services, name, before, after)] if sent.sent and not idle else []
    data: dict[str, Any] = {"issue": name, "before": state_of(before), "after": state_of(after)}
    if said:
        data["comment_id"] = said.id
        data["already_there"] = said.already_there
    if releases := hidden_releases(before, after):
        data["untrusted"] = services.outside(releases, origin="sentry releases")
    return Answer(
        data=data,
        side_effects=(*effects, *(said.side_effects if said else ())),
        gaps=(*(unread or _shortfall(change, after)), *gaps),
        warnings=(
            *sent.warnings,
            *((UNCHANGED,) if idle else ()),
            *(said.warnings if said else ()),
        ),
    )


async def _send(services: Services, org: str, ref: IssueRef, before: Issue, change: Change) -> Sent:
    if change.made(before) and not change.details:
        return Sent(False, warnings=(f"It was {before.status} already; nothing was sent.",))
    try:
        await update_issue(services.sentry, org, ref, change.body())
    except IN_DOUBT as doubt:
        found = "The change was found applied by reading back; its answer was: "
        return Sent(True, doubt, (found + doubt.message,))
    except Rejected as error:
        raise _explained(error, change) from None
    return Sent(True)


async def _read_back(
    services: Services, org: str, ref: IssueRef, before: Issue, change: Change, sent: Sent
) -> tuple[Issue, tuple[str, ...]]:
    """The issue as it is now, or as it must be after a change that Sentry accepted.

    Raises OutcomeUnknown where nobody can tell; the doubt itself where Sentry failed and did
    not apply the change.
    """
    if not sent.sent:
        return before, ()
    try:
        async with part_of_the_time(0.5):  # whatever it says, there is an answer to give
            after = await get_issue(services.sentry, org, ref)
    except ModuleError as error:
        if sent.doubt is not None:
            raise OutcomeUnknown(
                f"{sent.doubt.message} Reading back failed, too: {error.message}"
            ) from error
        gap = f"Sentry accepted the change; reading back failed: {error.message}"
        return _accepted(before, change), (gap,)
    if sent.doubt is None or change.shows(before, after):
        return after, ()
    raise _not_there(sent.doubt, f"The issue reads back as {after.status}.")


def _not_there(doubt: ModuleError, read_back: str) -> ModuleError:
    """A change that was not found by reading back: Sentry failed, or a gateway gave up on it or
    its answer never came, and it may still arrive."""
    if isinstance(doubt, UpstreamFailure) and doubt.details.get("http_status") not in GATEWAY:
        return doubt
    return OutcomeUnknown(
        f"{doubt.message} {read_back}",
        recovery="It may still arrive: look again with get-issue-details before you repeat it.",
    )


def _accepted(before: Issue, change: Change) -> Issue:
    return replace(
        before,
        status=change.status,
        substatus=change.substatus,
        status_details=change.details,
    )


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


def _name(services: Services, issue: Issue) -> str:
    return name_of(issue_facts(issue, services.sentry.base_url))


def _shortfall(change: Change, after: Issue) -> tuple[str, ...]:
    if change.made(after):
        return ()
    if after.status != change.status:
        return (f"Sentry accepted the change, but the issue reads back as {after.status}.",)
    if not change.details and not are_met({}, after):
        return (f"It is {after.status}, but still under a condition, which was not lifted.",)
    return (f"It is {after.status}, but this server does not keep the condition that was asked.",)


def _same(before: Issue, after: Issue) -> bool:
    states = [(one.status, one.substatus, conditions(one)) for one in (before, after)]
    return states[0] == states[1]


def _effect(services: Services, name: str, before: Issue, after: Issue) -> SideEffect:
    return SideEffect(
        action="set-status",
        target=f"issue {name} on {services.sentry.base_url}",
        before=state_of(before),
        after=state_of(after),
        undo=undo(name, before, services.now()),
    )


async def _comment(
    services: Services, org: str, ref: IssueRef, name: str, comment: str | None
) -> tuple[Said | None, tuple[str, ...]]:
    """A comment that fails does not undo the change it belongs to."""
    if comment is None:
        return None, ()
    try:
        async with part_of_the_time(0.9):
            return await comment_on(services, org, ref, comment, name=name), ()
    except OutcomeUnknown as error:
        why = in_full(error)
        return None, (f"The comment may have been added, or not: {why}",)
    except ModuleError as error:
        return None, (f"The comment was not added: {error.message}",)


async def comment_on(
    services: Services, org: str, ref: IssueRef, comment: str, *, name: str
) -> Said:
    """Add a comment once; one whose answer was lost, or that Sentry knows already, is looked up.

    `name` is what the issue is called in words; GlitchTip finds none by its short id.
    """
    warning = ""
    before = await _notes_before(services, org, ref)
    try:
        note_id = await add_note(services.sentry, org, ref, comment)
    except (*IN_DOUBT, Rejected) as error:
        note_id = await _found(services, org, ref, comment, error, before)
        if isinstance(error, Rejected):
            return Said(word(note_id) or "?", already_there=True)
        warning = f"The comment was found there by reading back; its answer was: {error.message}"
    note_id = word(note_id) or "?"
    effect = SideEffect(
        action="add-comment",
        target=f"issue {name} on {services.sentry.base_url}",
        after={"comment_id": note_id},
        undo=f"delete comment {note_id} in Sentry",
    )
    return Said(note_id, side_effects=(effect,), warnings=(warning,) if warning else ())


async def _notes_before(services: Services, org: str, ref: IssueRef) -> frozenset[str] | None:
    """The comments that are there already: none of them can be the one that is sent. None where
    they cannot be had."""
    try:
        async with part_of_the_time(0.3):
            return frozenset(note for note, _ in await list_notes(services.sentry, org, ref))
    except ModuleError:
        return None


async def _found(
    services: Services,
    org: str,
    ref: IssueRef,
    comment: str,
    doubt: ModuleError,
    before: frozenset[str] | None,
) -> str:
    """The id of a comment with that text: a new one, or any where Sentry refuses a second.

    Raises the doubt where there is none; OutcomeUnknown where nobody can tell.
    """
    try:
        notes = await list_notes(services.sentry, org, ref)
    except ModuleError as error:
        if isinstance(doubt, Rejected):
            raise doubt from None
        raise OutcomeUnknown(
            f"{doubt.message} Reading back failed, too: {error.message}"
        ) from error
    wanted = comment.strip()  # Sentry strips what it stores
    found = [note for note, told in notes if told.strip() == wanted]
    new = [note for note in found if before is not None and note not in before]
    if isinstance(doubt, Rejected):
        if found:
            return found[0]
        raise doubt
    if new:
        return new[0]
    if found and before is None:
        raise OutcomeUnknown(f"{doubt.message} There is such a comment, which may be older.")
    raise _not_there(doubt, "There is no such comment yet.")
