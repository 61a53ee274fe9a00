"""The channels of a file, looked up in Sentry before anything is written."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, assert_never

from modules.sentry.client import SentryClient
from modules.sentry.errors import BadAnswer, Forbidden, NotFound, Unsupported, UpstreamFailure
from modules.sentry.notified import (
    list_app_installations,
    list_channels,
    list_environments,
    list_integrations,
    list_members,
    list_teams,
)
from modules.sentry.reading import Json, child, children, objects, text
from modules.telemetry.alerting.errors import BadAlertRules, NoSuchChannel
from modules.telemetry.alerting.rules import (
    AppChannel,
    Channel,
    EmailChannel,
    PagerDutyChannel,
    RuleSet,
    SlackChannel,
    WebhookChannel,
)
from modules.telemetry.alerting.targets import Target

_PLAIN: Final = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


async def find_targets(
    client: SentryClient, org: str, channels: Mapping[str, Channel]
) -> dict[str, Target]:
    """By the name in the file. Raises NoSuchChannel naming the one that Sentry does not know;
    SentryError, OutboundError."""
    return {name: await _find(client, org, name, one) for name, one in channels.items()}


async def check_environments(client: SentryClient, org: str, rules: RuleSet) -> None:
    """Raises BadAlertRules naming the rules whose environment Sentry has not seen yet; SentryError,
    OutboundError."""
    named = {one.environment for one in rules.rules.values() if one.environment}
    if not named:
        return
    known = await list_environments(client, org)
    for environment in sorted(named.difference(known)):
        keys = [
            f"rules.{key}" for key, one in rules.rules.items() if one.environment == environment
        ]
        where = "defaults" if environment == rules.environment else ", ".join(keys)
        raise BadAlertRules(
            f"{where}: Sentry has no environment {environment!r}.",
            recovery="Correct it, or send an event from it first: that makes it."
            f"{_there_are(known)}",
        )


async def _find(client: SentryClient, org: str, name: str, channel: Channel) -> Target:
    match channel:
        case SlackChannel():
            return await _slack(client, org, name, channel)
        case EmailChannel():
            return await _email(client, org, name, channel)
        case PagerDutyChannel():
            return await _pagerduty(client, org, name, channel)
        case AppChannel():
            return await _app(client, org, name, channel)
        case WebhookChannel():
            return Target(channel=channel)
        case _:
            assert_never(channel)


async def _slack(client: SentryClient, org: str, name: str, channel: SlackChannel) -> Target:
    rows = await list_integrations(client, org, "slack")
    workspace = _named(rows, channel.workspace)
    if workspace is None:
        raise NoSuchChannel(
            f"channels.{name}: Sentry has no Slack workspace {channel.workspace!r}.",
            recovery="Settings > Integrations > Slack names the workspaces that are connected."
            f"{_there_are(text(one, 'name') for one in rows)}",
        )
    integration = text(workspace, "id")
    found = await _channel_id(client, org, integration, name, channel)
    return Target(channel=channel, integration=integration, identifier=found)


async def _channel_id(
    client: SentryClient, org: str, integration: str, name: str, channel: SlackChannel
) -> str:
    """What the file says, or empty, where this server lists no channels: then Sentry looks it up
    when the rule is saved.

    Raises NoSuchChannel, also for an id that is another channel's.
    """
    try:
        rows = await list_channels(client, org, integration)
    except (NotFound, Unsupported, Forbidden, UpstreamFailure, BadAnswer):
        return channel.channel_id
    ids = {text(one, "name").removeprefix("#"): text(one, "id") for one in rows}
    known = ids.get(channel.name, "")
    if known and channel.channel_id in ("", known):
        return known
    if known:
        raise NoSuchChannel(
            f"channels.{name}: '#{channel.name}' of workspace {channel.workspace!r} has another id "
            f"than {channel.channel_id!r}.",
            recovery="Leave channel_id out of the file: it is looked up.",
        )
    if not rows or len(rows) >= 1000:  # Slack tells no more than that
        return channel.channel_id
    raise NoSuchChannel(
        f"channels.{name}: workspace {channel.workspace!r} has no channel '#{channel.name}', or "
        "Sentry cannot see it.",
        recovery="Correct the name; into a private channel, invite the Sentry app first."
        f"{_there_are(ids)}",
    )


async def _email(client: SentryClient, org: str, name: str, channel: EmailChannel) -> Target:
    if channel.team:
        slug = channel.team.removeprefix("#")
        teams = await list_teams(client, org, slug)
        found = [text(one, "id") for one in teams if text(one, "slug") == slug]
        what = f"team {slug!r}"
    elif channel.member:
        members = await list_members(client, org, channel.member)
        wanted = channel.member.casefold()
        matching = [one for one in members if text(one, "email").casefold() == wanted]
        found = [id_ for one in matching if (id_ := text(child(one, "user"), "id"))]
        what = f"member {channel.member!r} who has accepted the invitation"
    else:
        return Target(channel=channel)
    if not found:
        raise NoSuchChannel(f"channels.{name}: organization {org!r} has no {what}.")
    return Target(channel=channel, identifier=found[0])


async def _pagerduty(
    client: SentryClient, org: str, name: str, channel: PagerDutyChannel
) -> Target:
    accounts = await list_integrations(client, org, "pagerduty")
    account = _named(accounts, channel.account)
    if account is None:
        raise NoSuchChannel(
            f"channels.{name}: Sentry has no PagerDuty account {channel.account!r}.",
            recovery="Settings > Integrations > PagerDuty names the accounts that are connected."
            f"{_there_are(text(one, 'name') for one in accounts)}",
        )
    services = objects(children(child(account, "configData"), "service_table"))
    for one in services:
        if channel.service in (text(one, "service"), text(one, "service_name")):
            return Target(
                channel=channel, integration=text(account, "id"), identifier=text(one, "id")
            )
    raise NoSuchChannel(
        f"channels.{name}: account {channel.account!r} has no service {channel.service!r}.",
        recovery="Settings > Integrations > PagerDuty > Configure names the services."
        f"{_there_are(text(one, 'service') for one in services)}",
    )


async def _app(client: SentryClient, org: str, name: str, channel: AppChannel) -> Target:
    apps = [child(one, "app") for one in await list_app_installations(client, org)]
    for app in apps:
        if text(app, "slug") == channel.app and (id_ := text(app, "sentryAppId")):
            return Target(channel=channel, identifier=id_)
    raise NoSuchChannel(
        f"channels.{name}: no Sentry app {channel.app!r} is installed in organization {org!r}.",
        recovery="Give its slug, as Settings > Developer Settings tells it in the address."
        f"{_there_are(text(one, 'slug') for one in apps)}",
    )


def _there_are(names: Iterable[str]) -> str:
    """The first ten, of those whose names are no more than that: an error is read unmarked."""
    plain = sorted(one for one in names if _PLAIN.fullmatch(one))
    return f" There are: {', '.join(plain[:10])}." if plain else ""


def _named(rows: Iterable[Json], wanted: str) -> Json | None:
    """By its name, or by the domain of a workspace."""
    names = ("name", "domainName")
    return next((one for one in rows if wanted in [text(one, name) for name in names]), None)
