"""The organization, its projects and their keys."""

from typing import Any, Final

from modules.local_sentry.models import Json, Project
from modules.local_sentry.moments import iso, iso_or_none

from .issue import Place

_AVATAR: Final = {"avatarType": "letter_avatar", "avatarUuid": None, "avatarUrl": None}
_UNUSED: Final = [
    "Feedbacks",
    "Flags",
    "MinifiedStackTrace",
    "Monitors",
    "NewFeedbacks",
    "Profiles",
    "Replays",
    "Sessions",
    "InsightsHttp",
    "InsightsDb",
    "InsightsAssets",
    "InsightsAppStart",
    "InsightsScreenLoad",
    "InsightsVitals",
    "InsightsCaches",
    "InsightsQueues",
    "InsightsAgentMonitoring",
    "InsightsMCP",
    "Logs",
    "TraceMetrics",
    "UserReports",
]
_SETTINGS: Final[Json] = {
    "options": {},
    "digestsMinDelay": 300,
    "digestsMaxDelay": 1800,
    "subjectPrefix": "",
    "allowedDomains": ["*"],
    "resolveAge": 0,
    "dataScrubber": True,
    "dataScrubberDefaults": True,
    "safeFields": [],
    "storeCrashReports": None,
    "sensitiveFields": [],
    "subjectTemplate": "$shortID - $title",
    "securityToken": "",
    "securityTokenHeader": None,
    "verifySSL": False,
    "scrubIPAddresses": False,
    "scrapeJavaScript": True,
    "enableAutoReleaseCreation": True,
    "highlightTags": [],
    "highlightContext": {},
    "highlightPreset": {"tags": [], "context": {}},
    "groupingConfig": "newstyle:2023-01-11",
    "derivedGroupingEnhancements": "",
    "groupingEnhancements": "",
    "secondaryGroupingExpiry": 0,
    "secondaryGroupingConfig": None,
    "fingerprintingRules": "",
    "processingIssues": 0,
    "defaultEnvironment": None,
    "relayPiiConfig": None,
    "builtinSymbolSources": [],
    "dynamicSamplingBiases": None,
    "symbolSources": "[]",
    "isDynamicallySampled": False,
    "tempestFetchScreenshots": False,
    "autofixAutomationTuning": "off",
    "seerScannerAutomation": False,
    "seerNightshiftTweaks": {},
    "scmSourceContextEnabled": False,
    "debugFilesRole": None,
}


def organization_json(place: Place, *, created: float) -> Json:
    return {
        "id": "1",
        "slug": place.org,
        "name": place.org,
        "status": {"id": "active", "name": "active"},
        "dateCreated": iso(created),
        "isEarlyAdopter": False,
        "require2FA": False,
        "avatar": _AVATAR,
        "links": {
            "organizationUrl": f"{place.url}/organizations/{place.org}",
            "regionUrl": place.url,
        },
        "features": [],
        "hasAuthProvider": False,
        "allowMemberInvite": True,
        "allowMemberProjectCreation": True,
        "allowSuperuserAccess": False,
    }


def project_item(project: Project, *, environments: list[str], latest_release: str | None) -> Json:
    """An item of the project list."""
    return {
        "id": str(project.id),
        "slug": project.slug,
        "name": project.name,
        "platform": project.platform,
        "dateCreated": iso(project.created),
        "isBookmarked": False,
        "isMember": True,
        "features": ["releases"],
        "firstEvent": iso_or_none(project.first_event),
        "firstTransactionEvent": False,
        "access": [],
        "hasAccess": True,
        **{f"has{name}": False for name in _UNUSED},
        "team": None,
        "teams": [],
        "platforms": [project.platform] if project.platform else [],
        "environments": environments,
        "latestRelease": {"version": latest_release} if latest_release else None,
    }


def project_json(item: Json, organization: Json) -> Json:
    """One project alone: the item with its settings, as they are at first."""
    alone: dict[str, Any] = {key: value for key, value in item.items() if key != "environments"}
    del alone["team"]  # the published schema has no null here
    return (
        alone
        | _SETTINGS
        | {
            "organization": organization,
            "isInternal": False,
            "isPublic": False,
            "avatar": _AVATAR,
            "color": "#3f70bf",
            "status": "active",
        }
    )


def dsn(project: Project, url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{project.public_key}@{rest}/{project.id}"


def key_json(project: Project, url: str) -> Json:
    public, api = dsn(project, url), f"{url}/api/{project.id}"
    security = f"{api}/security/?sentry_key={project.public_key}"
    return {
        "id": project.public_key,
        "name": "Default",
        "label": "Default",
        "public": project.public_key,
        "secret": None,
        "projectId": project.id,
        "isActive": True,
        "rateLimit": None,
        "dsn": {
            "secret": public,
            "public": public,
            "csp": security,
            "security": security,
            **{
                name: f"{api}/{name}/"
                for name in ("minidump", "nel", "unreal", "crons", "playstation")
            },
            "cdn": "",
            "integration": f"{api}/integration/",
            "otlp_traces": f"{api}/integration/otlp/v1/traces",
            "otlp_logs": f"{api}/integration/otlp/v1/logs",
        },
        "browserSdkVersion": "",
        "browserSdk": {"choices": []},
        "dateCreated": iso(project.created),
        "dynamicSdkLoaderOptions": {
            f"has{name}": False
            for name in ("Replay", "Performance", "Debug", "Feedback", "LogsAndMetrics")
        },
    }
