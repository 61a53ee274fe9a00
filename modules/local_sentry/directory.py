"""Whom this server can tell: a workspace of Slack, an account of PagerDuty, an app, a team, a member.

Nothing is sent to them; they are here so that rules can name them.
"""

from typing import Any, Final

from .errors import FieldErrors
from .models import Json

SLACK: Final = "1"
PAGERDUTY: Final = "2"
CHANNELS: Final = {"alerts": "C0000000001", "ops-errors": "C0000000002", "slow": "C0000000003"}
SLOW: Final = "slow"  # a channel that takes Sentry a while to find
SERVICES: Final = {"11": "checkout", "12": "warehouse"}
APP: Final = {"id": 61, "slug": "ops-bot", "uuid": "7a485448-a9e2-4c85-8a3c-4f44175783c9"}
TEAM: Final = {"id": "7", "slug": "backend", "name": "backend"}
_INTEGRATIONS: Final = {SLACK: "slack", PAGERDUTY: "pagerduty"}


def integrations(org: str) -> list[Json]:
    table = [{"id": int(id_), "service": name} for id_, name in SERVICES.items()]
    return [
        _integration(SLACK, "slack", org, {"installationType": "born_as_bot"}),
        _integration(PAGERDUTY, "pagerduty", org, {"service_table": table}),
    ]


def _integration(id_: str, provider: str, org: str, config: Json) -> Json:
    return {
        "id": id_,
        "name": org,
        "icon": None,
        "domainName": f"{org}.{provider}.example",
        "accountType": None,
        "scopes": [],
        "outOfDate": False,
        "status": "active",
        "provider": {"key": provider, "slug": provider, "name": provider, "features": []},
        "configOrganization": [],
        "configData": config,
        "externalId": f"external-{id_}",
        "organizationId": 1,
        "organizationIntegrationStatus": "active",
        "gracePeriodEnd": None,
    }


def channels() -> Json:
    found = [
        {"id": id_, "name": name, "display": f"#{name}", "type": "public"}
        for name, id_ in CHANNELS.items()
    ]
    return {"results": found}


def installation(org: str) -> Json:
    return {
        "app": {"uuid": APP["uuid"], "slug": APP["slug"], "sentryAppId": APP["id"]},
        "organization": {"slug": org},
        "uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de",
        "status": "installed",
    }


def team_json(created: str) -> Json:
    return {
        **TEAM,
        "dateCreated": created,
        "isMember": True,
        "teamRole": None,
        "flags": {"idp:provisioned": False},
        "access": [],
        "hasAccess": True,
        "isPending": False,
        "memberCount": 1,
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
    }


_FLAGS: Final = {
    "idp:provisioned": False,
    "idp:role-restricted": False,
    "sso:linked": False,
    "sso:invalid": False,
    "member-limit:restricted": False,
    "partnership:restricted": False,
}


def member_json(user: Json, created: str) -> Json:
    return {
        "id": "1",
        "email": user["email"],
        "name": user["name"],
        "user": _account(user, created),
        "orgRole": "owner",
        "role": "owner",
        "roleName": "Owner",
        "pending": False,
        "expired": False,
        "flags": _FLAGS,
        "dateCreated": created,
        "inviteStatus": "approved",
        "inviterName": None,
        "externalUsers": [],
    }


def _account(user: Json, created: str) -> Json:
    said_no = ("isManaged", "isSuspended", "isSuperuser", "isStaff", "has2fa")
    return {
        **user,
        **dict.fromkeys(said_no, False),
        "avatarUrl": "",
        "isActive": True,
        "hasPasswordAuth": True,
        "dateJoined": created,
        "lastLogin": None,
        "lastActive": None,
        "experiments": {},
        "emails": [{"id": "1", "email": user["email"], "is_verified": True}],
    }


def check_integration(given: Any, provider: str) -> str:
    """The id of a workspace or account. Raises FieldErrors."""
    if _INTEGRATIONS.get(str(given)) != provider:
        raise FieldErrors({"actions": [f"{provider} integration is required"]})
    return str(given)


def find_channel(org: str, name: Any, id_: Any) -> str:
    """The id of a channel, by its name and perhaps its id. Raises FieldErrors, in Sentry's words."""
    bare = str(name or "").removeprefix("#")
    found = CHANNELS.get(bare)
    if found is None:
        raise FieldErrors(
            {
                "actions": [
                    f'The slack resource "{name}" does not exist or has not been granted access in'
                    f" the {org} Slack workspace."
                ]
            }
        )
    if id_ and str(id_) != found:
        raise FieldErrors({"actions": ["Slack: Received channel name that does not match id"]})
    return found


def check_service(given: Any) -> None:
    """Raises FieldErrors."""
    if str(given) not in SERVICES:
        raise FieldErrors({"actions": ["The service does not exist in this PagerDuty account."]})


def check_owner(kind: str, id_: Any) -> None:
    """A team or a member that is told. Raises FieldErrors."""
    known = {"team": TEAM["id"], "user": "1"}
    if known.get(kind) != str(id_):
        raise FieldErrors({"actions": [f"This {kind} does not exist."]})
