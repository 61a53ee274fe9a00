"""Mending a project's set-up: change once, read back, say how to undo it."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final

from modules.framework.contracts import Category, SideEffect
from modules.framework.errors import ModuleError, in_full
from modules.outbound.errors import OutcomeUnknown
from modules.sentry import project_settings as settings_api
from modules.sentry.errors import UpstreamFailure
from modules.sentry.models import Project
from modules.sentry.setup_models import ProjectSettings, Scrubbing
from modules.telemetry.setup_findings import Fix, Seen, Unread
from modules.telemetry.setup_intake import needs_filters
from modules.telemetry.setup_privacy import PAGE, SWITCH_OF, Switch, missing_fields

from .changes import GATEWAY, IN_DOUBT
from .services import Services
from .setup_reading import look_again

SETTINGS: Final = "settings"
FIELDS: Final = "sensitiveFields"


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

    accepted: list[str] = field(default_factory=list)
    doubt: ModuleError | None = None
    refused: ModuleError | None = None

    async def send(self, name: str, change: Awaitable[None]) -> bool:
        """Whether to go on. Raises the refusal of the first: nothing was changed then."""
        try:
            await change
        except IN_DOUBT as error:
            self.doubt = error
        except ModuleError as error:
            if not self.accepted:
                raise
            self.refused = error
        else:
            self.accepted.append(name)
        return not (self.doubt or self.refused)


async def apply_fix(services: Services, org: str, project: Project, seen: Seen, fix: Fix) -> Fixed:
    """Settings in one request, then the filters.

    Raises the refusal of the first change: nothing was changed then; OutcomeUnknown where an
    answer was lost and reading back does not find the change.
    """
    if not fix:
        return _nothing_sent(seen)
    sending = await _send_all(services, org, project.slug, fix)
    after = await look_again(services.sentry, org, project, seen)
    made = _made(seen, after, fix, sending.accepted)
    effects = _effects(f"project {project.slug} on {services.sentry.base_url}", seen, after, made)
    if sending.doubt and not effects:
        raise _not_there(sending.doubt)
    gaps = (*_unsent(sending), *_shortfall(seen, after, fix))
    return Fixed(after, effects, gaps)


def _nothing_sent(seen: Seen) -> Fixed:
    """A fix looks at settings and, of what runs in browsers, at filters: where they could not be
    read, nobody knows that there is nothing to mend."""
    looked_at = (seen.settings, seen.filters if needs_filters(seen) else None)
    if any(isinstance(one, Unread) and one.failed for one in looked_at):
        return Fixed(seen, gaps=("Nothing was sent: what a fix looks at could not be read.",))
    return Fixed(seen, warnings=("There was nothing to mend; nothing was sent.",))


async def _send_all(services: Services, org: str, slug: str, fix: Fix) -> _Sending:
    sending, sentry = _Sending(), services.sentry
    going = True
    if fix.settings or fix.add_fields:
        going = await sending.send(SETTINGS, _change_settings(services, org, slug, fix))
    for name in fix.filters if going else ():
        change = settings_api.switch_filter(sentry, org, slug, name, active=True)
        if not await sending.send(name, change):
            break
    return sending


def _not_there(doubt: ModuleError) -> ModuleError:
    """Sentry failed and did not apply it; or its answer never came, and it may still arrive."""
    if isinstance(doubt, UpstreamFailure) and doubt.details.get("http_status") not in GATEWAY:
        return doubt
    return OutcomeUnknown(
        f"{doubt.message} Reading back does not find the change.",
        recovery="It may still arrive: look again with check-project-setup.",
    )


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


def _made(before: Seen, after: Seen, fix: Fix, accepted: list[str]) -> Fix:
    """What reads back as wanted; what cannot be read back is as it was accepted."""
    settings, added, filters = fix.settings, fix.add_fields, fix.filters
    if not isinstance(after.settings, Unread):
        settings = {name: on for name, on in settings.items() if _is_on(after, name)}
        absent = missing_fields(_fields(after), added)
        added = tuple(one for one in added if one not in absent)
    elif SETTINGS not in accepted:
        settings, added = {}, ()
    if not isinstance(after.filters, Unread):
        filters = tuple(one for one in filters if one in _active(after))
    else:
        filters = tuple(one for one in filters if one in accepted)
    return Fix(settings, missing_fields(_fields(before), added), filters)


def _effects(target: str, before: Seen, after: Seen, made: Fix) -> tuple[SideEffect, ...]:
    effects = [
        _switched(target, "set-project-setting", name, _switch_off(SWITCH_OF[name]))
        for name in made.settings
    ]
    if made.add_fields:
        names = ", ".join(made.add_fields)
        effects.append(
            SideEffect(
                action="add-sensitive-fields",
                target=target,
                before={"fields": len(_fields(before))},
                after={"fields": len(_fields(after)), "added": list(made.add_fields)},
                undo=f"in Sentry, {PAGE}: remove {names} from Additional Sensitive Fields",
            )
        )
    effects += [
        _switched(
            target,
            "switch-on-filter",
            name,
            f"Project Settings > Inbound Filters: switch off {name}",
        )
        for name in made.filters
    ]
    return tuple(effects)


def _switch_off(one: Switch) -> str:
    what = f"{PAGE}: switch off {one.label}"
    return f"{what}; {one.loses}" if one.loses else what


def _switched(target: str, action: str, name: str, undo: str) -> SideEffect:
    return SideEffect(
        action=action,
        target=target,
        before={name: False},
        after={name: True},
        undo=f"in Sentry, {undo}",
    )


def _shortfall(before: Seen, after: Seen, fix: Fix) -> tuple[str, ...]:
    """What was sent and does not read back, and what was there and is no longer."""
    return (*_settings_short(before, after, fix), *_filters_short(after, fix))


def _settings_short(before: Seen, after: Seen, fix: Fix) -> tuple[str, ...]:
    if not (fix.settings or fix.add_fields):
        return ()
    if isinstance(after.settings, Unread):
        return (f"Sentry accepted the change; reading back failed: {after.settings.reason}",)
    gaps = [
        f"{SWITCH_OF[name].name} reads back as {SWITCH_OF[name].off}."
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
    return tuple(gaps)


def _filters_short(after: Seen, fix: Fix) -> tuple[str, ...]:
    if fix.filters and isinstance(after.filters, Unread):
        return (f"Reading the filters back failed: {after.filters.reason}",)
    off = [name for name in fix.filters if name not in _active(after)]
    return tuple(f"The filter {name} reads back as off." for name in off)


def _scrubbing(seen: Seen) -> Scrubbing:
    return seen.settings.scrubbing if isinstance(seen.settings, ProjectSettings) else Scrubbing()


def _fields(seen: Seen) -> tuple[str, ...]:
    return _scrubbing(seen).sensitive_fields or ()


def _is_on(seen: Seen, name: str) -> bool:
    return SWITCH_OF[name].held(_scrubbing(seen)) is True


def _active(seen: Seen) -> frozenset[str]:
    if isinstance(seen.filters, Unread):
        return frozenset()
    return frozenset(one.id for one in seen.filters if one.active)
