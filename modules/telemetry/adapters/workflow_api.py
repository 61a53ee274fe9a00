"""Alert rules as detectors and workflows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from modules.sentry.alerts_workflows import (
    create_detector,
    create_workflow,
    delete_detector,
    delete_workflow,
    list_detectors,
    list_workflows,
    named,
    update_detector,
    update_workflow,
)
from modules.sentry.client import SentryClient
from modules.sentry.errors import BadAnswer
from modules.sentry.models import Project
from modules.sentry.reading import Json, child, children, text
from modules.telemetry.alerting.naming import key_of, marked
from modules.telemetry.alerting.plan import ENABLED, Present, Step, Wanted, matched
from modules.telemetry.alerting.ports import Written
from modules.telemetry.alerting.rules import AlertRule, ErrorRate, RuleSet, title_of
from modules.telemetry.alerting.targets import Target, known_settings
from modules.telemetry.alerting.workflow_bodies import (
    detector_body,
    detector_settings,
    workflow_body,
    workflow_settings,
)

DETECTOR, WORKFLOW = "detector", "workflow"
NO_NAME: Final = "(a task without a name)"
NEW: Final = "(the one to be created)"
_GIVEN: Final = ("error", "issue_stream")
_DEFAULT: Final = "error"  # the type of the detector that opens an issue for each kind of error


@dataclass(frozen=True)
class WorkflowApi:
    """The alerts of one project."""

    client: SentryClient
    org: str
    project: Project
    generation: str = "workflows"

    @property
    def order(self) -> Sequence[str]:
        """What tells people comes first: a channel that is wrong is refused before a detector is
        made, whose own workflow needs its id and so comes last."""
        return (WORKFLOW, DETECTOR, WORKFLOW)

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {
            DETECTOR: ("alerts:write", "project:write", "project:admin"),
            WORKFLOW: ("alerts:write", "org:write", "org:admin"),
        }

    async def present(self) -> Sequence[Present]:
        rows = await list_detectors(self.client, self.org, self.project.id)
        detectors = [self._detector(one) for one in rows]
        own = {one.id for one in detectors}
        workflows = await list_workflows(self.client, self.org)
        return [*detectors, *(self._workflow(one) for one in workflows if self._mine(one, own))]

    def wanted(
        self, rules: RuleSet, targets: Mapping[str, Target], present: Sequence[Present]
    ) -> Sequence[Wanted]:
        """Raises BadAnswer where the project has no detector of errors."""
        detectors = [one for one in present if one.kind == DETECTOR]
        own = [
            self._detector_of(key, rule)
            for key, rule in rules.rules.items()
            if isinstance(rule, ErrorRate)
        ]
        there = {one.key: match for one, match in zip(own, matched(own, detectors), strict=True)}
        found: list[Wanted] = [*own]
        for key, rule in rules.rules.items():
            on = self._error_detector(detectors) if key not in there else NEW
            if match := there.get(key):
                on = match.id
            found.append(self._workflow_of(key, rule, on, [targets[one] for one in rule.channels]))
        return found

    def _detector_of(self, key: str, rule: ErrorRate) -> Wanted:
        name = marked(title_of(rule), self.project.slug, key)
        body = detector_body(rule, name)
        settings = detector_settings(body)
        return Wanted(kind=DETECTOR, key=key, name=name, body=body, settings=settings)

    async def write(self, step: Step) -> Written:
        """Everything is replaced, so what people set beside our fields is sent along."""
        id_ = text(await self._send(step.wanted, step.present), "id")
        return Written(id_, "" if id_ else NO_NAME)

    async def _send(self, wanted: Wanted, present: Present | None) -> Json:
        client, org = self.client, self.org
        if wanted.kind == DETECTOR:
            if present is None:
                return await create_detector(client, org, self.project.slug, wanted.body)
            body = {**wanted.body, **_kept_of_detector(present.raw), **_switch(present)}
            return await update_detector(client, org, present.id, body)
        if present is None:
            return await create_workflow(client, org, wanted.body)
        kept = {**_kept_of_workflow(present.raw), **_switch(present)}
        body = {**wanted.body, "id": present.id, **kept}
        return await update_workflow(client, org, present.id, body)

    async def delete(self, left_over: Present) -> None:
        delete = delete_detector if left_over.kind == DETECTOR else delete_workflow
        await delete(self.client, self.org, left_over.id)

    def serves_others(self, left_over: Present, foreign: Sequence[Present]) -> bool:
        """A workflow of somebody else's may tell of our detector."""
        return left_over.kind == DETECTOR and any(
            left_over.id in map(str, children(one.raw, "detectorIds"))
            for one in foreign
            if one.kind == WORKFLOW
        )

    async def task(self, task: str) -> str:
        """Tasks of this generation have no names to ask by: reading back tells."""
        return ""

    def _workflow_of(
        self, key: str, rule: AlertRule, detector: str, targets: Sequence[Target]
    ) -> Wanted:
        name = marked(title_of(rule), self.project.slug, key)
        body = workflow_body(rule, name, detectors=[detector], targets=targets)
        settings = known_settings(workflow_settings(body), targets)
        return Wanted(
            kind=WORKFLOW,
            key=key,
            name=name,
            body=body,
            settings=settings,
            ready=detector != NEW,
        )

    def _error_detector(self, detectors: Sequence[Present]) -> str:
        for one in detectors:
            if text(one.raw, "type") == _DEFAULT:
                return one.id
        raise BadAnswer(
            f"Project {self.project.slug!r} has no monitor of type {_DEFAULT!r}.",
            recovery="Sentry makes one with each project: ask the server's operator.",
        )

    def _mine(self, raw: Json, detectors: set[str]) -> bool:
        """Whether a workflow belongs to this project: by a connection, or by its name where
        somebody has cut it off. Raises BadAnswer."""
        name, _ = named(raw, WORKFLOW)
        if key_of(name, self.project.slug):
            return True
        return any(str(one) in detectors for one in children(raw, "detectorIds"))

    def _detector(self, raw: Json) -> Present:
        found = self._present(DETECTOR, raw, detector_settings(raw))
        return replace(found, given=text(raw, "type") in _GIVEN)

    def _workflow(self, raw: Json) -> Present:
        return self._present(WORKFLOW, raw, workflow_settings(raw))

    def _present(self, kind: str, raw: Json, settings: Json) -> Present:
        name, number = named(raw, kind)
        key = key_of(name, self.project.slug)
        return Present(kind=kind, id=number, name=name, key=key, settings=settings, raw=raw)


def _switch(present: Present) -> dict[str, bool]:
    """What somebody switched off stays so."""
    return {"enabled": bool(present.settings[ENABLED])}


def _kept_of_workflow(raw: Json) -> dict[str, Any]:
    owner = text(raw, "owner")
    return {"owner": owner} if owner else {}


def _kept_of_detector(raw: Json) -> dict[str, Any]:
    """An owner comes as an object and is sent as `team:1`."""
    owner = child(raw, "owner")
    connected = [int(one) for one in children(raw, "workflowIds") if str(one).isdecimal()]
    named = {"owner": f"{text(owner, 'type')}:{text(owner, 'id')}"} if owner else {}
    described = {"description": text(raw, "description")} if text(raw, "description") else {}
    return {"workflowIds": connected, **named, **described}
