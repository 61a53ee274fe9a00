"""A release as the API shows it."""

import re
from typing import Any, Final

from modules.local_sentry.models import Json, Project, Release
from modules.local_sentry.moments import iso, iso_or_none

_VERSION: Final = re.compile(r"(?:(?P<package>[^@]+)@)?(?P<raw>.+)", re.DOTALL)
_SEMVER: Final = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\w.]+))?(?:\+(\w+))?")


def release_json(release: Release) -> Json:
    info = version_info(release.version)
    return {
        "id": release.id,
        "version": release.version,
        "shortVersion": info["description"],
        "versionInfo": info,
        "status": "open",
        "ref": release.ref,
        "url": release.url,
        "dateCreated": iso(release.created),
        "dateReleased": iso_or_none(release.released),
        "firstEvent": iso_or_none(release.first_event),
        "lastEvent": iso_or_none(release.last_event),
        "newGroups": release.new_groups,
        "projects": [_project(one, release.new_groups) for one in release.projects],
        **_nothing_deployed(),
        "commitCount": release.commits,
    }


def _nothing_deployed() -> Json:
    """What deploys and authors would fill; this server knows neither."""
    return {
        "data": {},
        "owner": None,
        "lastCommit": None,
        "deployCount": 0,
        "lastDeploy": None,
        "authors": [],
        "currentProjectMeta": {},
        "userAgent": None,
    }


def _project(project: Project, new_groups: int) -> Json:
    return {
        "id": project.id,
        "slug": project.slug,
        "name": project.name,
        "newGroups": new_groups,
        "platform": project.platform,
        "platforms": [project.platform] if project.platform else [],
        "hasHealthData": False,
    }


def version_info(version: str) -> Json:
    match = _VERSION.fullmatch(version)
    package, raw = (match["package"], match["raw"]) if match else (None, version)
    semver = _SEMVER.fullmatch(raw)
    return {
        "package": package,
        "version": {"raw": raw} | (_numbers(semver) if semver else {}),
        "description": raw,
        "buildHash": None,
    }


def _numbers(match: re.Match[str]) -> dict[str, Any]:
    major, minor, patch, pre, build = match.groups()
    return {
        "major": int(major),
        "minor": int(minor or 0),
        "patch": int(patch or 0),
        "pre": pre,
        "buildCode": build,
        "components": sum(part is not None for part in (major, minor, patch)),
    }
