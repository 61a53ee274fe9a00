"""Mending a project's set-up: change once, read back, say how to undo it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from modules.framework.contracts import Category, SideEffect
from modules.framework.errors import ModuleError, in_full
from modules.outbound.errors import OutcomeUnknown
from modules.sentry import project_settings as settings_api
from modules.sentry.models import Project
from modules.sentry.setup_models import ProjectSettings, Scrubbing
from modules.telemetry.setup_findings import Fix, Seen, Unread
from modules.telemetry.setup_privacy import PAGE, missing_fields

from .changes import IN_DOUBT
from .services import Services
from .setup_reading import look_again

FIELDS: Final = "sensitiveFields"
LABELS: Final = {
    "dataScrubber": "Data Scrubber",
    "dataScrubberDefaults": "Use Default Scrubbers",
    "scrubIPAddresses": "Prevent Storing of IP Addresses",
}


class PlanChanged(ModuleError):
    """What would be changed is not what the plan showed."""

    code = "plan_changed"
    category = Category.CONFLICT
    recovery = "Call check-project-setup with the same parameters: it shows the plan of now."


@dataclass(frozen=True)
class Fixed:
    """What a fix came to, and the set-up as it reads back."""

    after: Seen
    side_effects: tuple[SideEffect, ...] = ()
    gaps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class _Sending:
    """Changes in order; the first that fails is the last that is sent."""

    sent: int = 0
    doubt: ModuleError | None = None
    refused: ModuleError | None = None

    async def send(self, call: Callable[[], Awaitable[None]]) -> None:
        if self.doubt or self.refused:
            return
        try:
            await call()
            self.sent += 1
        except IN_DOUBT as error:
            self.doubt = error
        except ModuleError as error:
            if not self.sent:
                raise
            self.refused = error


async def apply_fix(services: Services, org: str, project: Project, seen: Seen, fix: Fix) -> Fixed:
    """Settings in one request, then the filters.

    Raises the refusal of the first change: nothing was changed then; OutcomeUnknown where an
    answer was lost and reading back does not find the change.
    """
    if not fix:
        return Fixed(seen, warnings=("There was nothing to mend; nothing was sent.",))
    sentry, slug, sending = services.sentry, project.slug, _Sending()
    if fix.settings or fix.add_fields:
        await sending.send(lambda: _change_settings(services, org, slug, fix))
    for name in fix.filters:
        await sending.send(
            lambda name=name: settings_api.switch_filter(sentry, org, slug, name, active=True)  # type: ignore[misc]
        )
    after = await look_again(sentry, org, project, seen)
    effects = _effects(services, slug, seen, after, fix)
    if sending.doubt and not effects:
        raise OutcomeUnknown(
            f"{sending.doubt.message} Reading back does not find the change.",
            recovery="It may still arrive: look again with check-project-setup.",
        )
    return Fixed(after, effects, (*_unsent(sending), *_shortfall(seen, after, fix)))


async def _change_settings(services: Services, org: str, slug: str, fix: Fix) -> None:
    """The list of fields is read just before it is written, so that nobody's are lost: Sentry takes
    the whole list and knows no condition."""
    changes = dict(fix.settings)
    if fix.add_fields:
        now = await settings_api.project_settings(services.sentry, org, slug)
        there = now.scrubbing.sensitive_fields
        if there is None:
            raise PlanChanged("The list of sensitive fields cannot be read any more.")
        changes[FIELDS] = [*there, *missing_fields(there, fix.add_fields)]
    await settings_api.change_settings(services.sentry, org, slug, changes)


def _unsent(sending: _Sending) -> tuple[str, ...]:
    if sending.doubt:
        return (f"What came of the last change is not certain: {in_full(sending.doubt)}",)
    if sending.refused:
        return (f"A change was refused, and the rest not sent: {in_full(sending.refused)}",)
    return ()


def _effects(
    services: Services, slug: str, before: Seen, after: Seen, fix: Fix
) -> tuple[SideEffect, ...]:
    """What reads back as wanted and was not so before."""
    target = f"project {slug} on {services.sentry.base_url}"
    effects = [
        SideEffect(
            action="set-project-setting",
            target=target,
            before={name: False},
            after={name: True},
            undo=f"in Sentry, {PAGE}: switch off {LABELS.get(name, name)}",
        )
        for name in fix.settings
        if _is_on(after, name)
    ]
    added = _added(before, after, fix)
    if added:
        effects.append(
            SideEffect(
                action="add-sensitive-fields",
                target=target,
                before={"fields": len(_fields(before))},
                after={"fields": len(_fields(after)), "added": list(added)},
                undo=f"in Sentry, {PAGE}: remove {', '.join(added)} from Additional Sensitive Fields",
            )
        )
    effects += [
        SideEffect(
            action="switch-on-filter",
            target=target,
            before={name: False},
            after={name: True},
            undo=f"in Sentry, Project Settings > Inbound Filters: switch off {name}",
        )
        for name in fix.filters
        if name in _active(after)
    ]
    return tuple(effects)


def _shortfall(before: Seen, after: Seen, fix: Fix) -> tuple[str, ...]:
    """What was sent and does not read back, and what was there and is no longer."""
    if isinstance(after.settings, Unread):
        return (f"Sentry accepted the change; reading back failed: {after.settings.reason}",)
    gaps = [
        f"{LABELS.get(name, name)} reads back as off."
        for name in fix.settings
        if not _is_on(after, name)
    ]
    absent = missing_fields(_fields(after), fix.add_fields)
    gaps += [f"Not in the list of sensitive fields: {', '.join(absent)}."] if absent else []
    lost = missing_fields(_fields(after), _fields(before)) if fix.add_fields else ()
    if lost:
        gaps.append(
            f"{len(lost)} sensitive fields that were there are gone: somebody changed the list at "
            "the same time. Compare it with who did."
        )
    off = [name for name in fix.filters if name not in _active(after)]
    gaps += [f"The filter {name} reads back as off." for name in off]
    return tuple(gaps)


def _scrubbing(seen: Seen) -> Scrubbing:
    return seen.settings.scrubbing if isinstance(seen.settings, ProjectSettings) else Scrubbing()


def _fields(seen: Seen) -> tuple[str, ...]:
    return _scrubbing(seen).sensitive_fields or ()


def _added(before: Seen, after: Seen, fix: Fix) -> tuple[str, ...]:
    absent = missing_fields(_fields(after), fix.add_fields)
    return tuple(
        one for one in missing_fields(_fields(before), fix.add_fields) if one not in absent
    )


def _is_on(seen: Seen, name: str) -> bool:
    held = _scrubbing(seen)
    values = {
        "dataScrubber": held.on,
        "dataScrubberDefaults": held.defaults,
        "scrubIPAddresses": held.ip_addresses,
    }
    return values.get(name) is True


def _active(seen: Seen) -> frozenset[str]:
    if isinstance(seen.filters, Unread):
        return frozenset()
    return frozenset(one.id for one in seen.filters if one.active)
