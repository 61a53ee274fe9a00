"""A channel with what Sentry knows it by. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .lines import SLACK_IDS
from .rules import Channel, SlackChannel


@dataclass(frozen=True, kw_only=True)
class Target:
    """`identifier` is the id of what is told: a channel of Slack (empty where only its name is
    known), a team, a user, a service, an app. `integration` is the id of the workspace or account."""

    channel: Channel
    integration: str = ""
    identifier: str = ""


def known_settings(settings: Mapping[str, Any], targets: Iterable[Target]) -> dict[str, Any]:
    """Without the ids of channels in Slack where one is known by its name alone: Sentry looks it
    up, and the id it finds is no difference."""
    slack = [one for one in targets if isinstance(one.channel, SlackChannel)]
    if all(one.identifier for one in slack):
        return dict(settings)
    return {name: value for name, value in settings.items() if name != SLACK_IDS}
