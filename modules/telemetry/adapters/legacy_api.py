"""Alert rules as issue alert rules and metric alert rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modules.sentry.alerts_legacy import (
    create_alert_rule,
    create_rule,
    delete_alert_rule,
    delete_rule,
    list_alert_rules,
    list_rules,
    rule_task,
    update_alert_rule,
    update_rule,
)
from modules.sentry.alerts_workflows import named
from modules.sentry.client import SentryClient
from modules.sentry.models import Project
from modules.sentry.reading import Json, children, text
from modules.telemetry.alerting.errors import BadAlertRules
from modules.telemetry.alerting.legacy_bodies import (
    alert_rule_body,
    alert_rule_settings,
    for_metric,
    rule_body,
    rule_settings,
)
from modules.telemetry.alerting.naming import key_of, marked
from modules.telemetry.alerting.plan import NAME, Present, Step, Wanted, differences
from modules.telemetry.alerting.ports import Written
from modules.telemetry.alerting.rules import AlertRule, ErrorRate, RuleSet, title_of
from modules.telemetry.alerting.targets import Target, known_settings

METRIC, ISSUE = "alert-rule", "rule"


@dataclass(frozen=True)
class LegacyApi:
    """The alerts of one project; `teams` are the ids of the project's teams."""

    client: SentryClient
    org: str
    project: Project
    teams: tuple[str, ...] = ()
    generation: str = "legacy"

    @property
    def order(self) -> Sequence[str]:
        return (ISSUE, METRIC)

    @property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {
            METRIC: ("alerts:write", "org:write", "org:admin"),
            ISSUE: ("alerts:write", "project:write", "project:admin"),
        }

    async def present(self) -> Sequence[Present]:
        rules = await list_rules(self.client, self.org, self.project.slug)
        metric = await list_alert_rules(self.client, self.org)
        mine = [one for one in metric if self._is_here(one)]
        return [
            *(self._present(ISSUE, one, rule_settings(one)) for one in rules),
            *(self._present(METRIC, one, alert_rule_settings(one)) for one in mine),
        ]

    def wanted(
        self, rules: RuleSet, targets: Mapping[str, Target], present: Sequence[Present]
    ) -> Sequence[Wanted]:
        """Raises BadAlertRules for a channel that a metric alert rule cannot have, and for two
        rules that do the same: this generation refuses the second."""
        found: list[Wanted] = []
        for key, rule in rules.rules.items():
            made = self._wanted(key, rule, [targets[one] for one in rule.channels])
            for one in found:
                fields = {each.field for each in differences(one.settings, made.settings)}
                if one.kind == made.kind == ISSUE and fields == {NAME}:
                    raise BadAlertRules(
                        f"rules.{key}: it does the same as rules.{one.key}, which this server refuses."
                    )
            found.append(made)
        return found

    def _is_here(self, raw: Json) -> bool:
        """Of this project, or ours for it and moved elsewhere."""
        here = self.project.slug in children(raw, "projects")
        return here or bool(key_of(text(raw, "name"), self.project.slug))

    def _present(self, kind: str, raw: Json, settings: Json) -> Present:
        name, number = named(raw, kind)
        key = key_of(name, self.project.slug)
        return Present(kind=kind, id=number, name=name, key=key, settings=settings, raw=raw)

    def _wanted(self, key: str, rule: AlertRule, targets: Sequence[Target]) -> Wanted:
        name = marked(title_of(rule), self.project.slug, key)
        if isinstance(rule, ErrorRate):
            told = for_metric(key, targets, teams=self.teams)
            body = alert_rule_body(rule, name, project=self.project.slug, targets=told)
            settings = known_settings(alert_rule_settings(body), told)
            return Wanted(kind=METRIC, key=key, name=name, body=body, settings=settings)
        body = rule_body(rule, name, targets=targets)
        settings = known_settings(rule_settings(body), targets)
        return Wanted(kind=ISSUE, key=key, name=name, body=body, settings=settings)

    async def write(self, step: Step) -> Written:
        """Everything is replaced, so an owner whom people set is sent along."""
        wanted, present = step.wanted, step.present
        body = {**wanted.body, **_owner(present), **_reset(present)}
        answer = await self._send(wanted.kind, present.id if present else "", body)
        id_ = text(answer, "id")
        return Written(id_, "" if id_ else text(answer, "uuid"))

    async def _send(self, kind: str, id_: str, body: Mapping[str, Any]) -> Json:
        client, org, project = self.client, self.org, self.project.slug
        if kind == METRIC and id_:
            return await update_alert_rule(client, org, id_, body)
        if kind == METRIC:
            return await create_alert_rule(client, org, body)
        if id_:
            return await update_rule(client, org, project, id_, body)
        return await create_rule(client, org, project, body)

    async def delete(self, left_over: Present) -> None:
        if left_over.kind == METRIC:
            await delete_alert_rule(self.client, self.org, left_over.id)
        else:
            await delete_rule(self.client, self.org, self.project.slug, left_over.id)

    def serves_others(self, left_over: Present, foreign: Sequence[Present]) -> bool:
        return False

    async def task(self, task: str) -> str:
        return await rule_task(self.client, self.org, self.project.slug, task)


def _reset(present: Present | None) -> dict[str, Any]:
    """What our rules do not have, taken out where somebody set it: what is left out, stays."""
    if present is None or present.kind != METRIC:
        return {}
    fields = ("resolveThreshold", "comparisonDelta")
    return {name: None for name in fields if present.raw.get(name) is not None}


def _owner(present: Present | None) -> dict[str, Any]:
    owner = text(present.raw, "owner") if present else ""
    return {"owner": owner} if owner else {}
