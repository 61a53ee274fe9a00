"""Whether errors arrive with what explains them: environment, release, source files, code mappings,
owners."""

from datetime import datetime, timedelta
from typing import Final

from .setup_findings import Finding, Seen, State, Unread, moment, unknown
from .setup_intake import in_browsers

RECENT: Final = timedelta(days=30)
# Platforms whose frames are addresses until debug files name them.
# Source: docs.sentry.io/platforms/native/data-management/debug-files/
NATIVE: Final = (
    "android",
    "apple",
    "cocoa",
    "dart",
    "flutter",
    "minidump",
    "native",
    "nintendo",
    "playstation",
    "unity",
    "unreal",
    "xbox",
)
MAPPED: Final = ("react", "electron", "capacitor", "cordova", "ionic")


def source_files_of(platform: str) -> str:
    """`source maps`, `debug files`, or nothing where frames can be read as they come. Node reads its
    own; `react-native` and its like are JavaScript, whatever they run in."""
    family = platform.partition("-")[0]
    if in_browsers(platform) or family in MAPPED:
        return "source maps"
    return "debug files" if family in NATIVE else ""


def environments(seen: Seen) -> Finding:
    name, wanted = "environments", "events say in which environment they happened"
    if isinstance(seen.environments, Unread):
        return unknown(name, seen.environments, wanted=wanted)
    told = f"known: {len(seen.environments)}"
    if seen.environments:
        names = seen.environments
        return Finding(name=name, state=State.GOOD, there=told, wanted=wanted, names=names)
    return Finding(
        name=name,
        state=State.WANTING,
        there="no event named one",
        wanted=wanted,
        remedy="Set SENTRY_ENVIRONMENT where the application runs, or `environment` of the SDK.",
    )


def releases(seen: Seen, now: datetime) -> Finding:
    name = "releases"
    wanted = f"a release of the last {RECENT.days} days, with its commits"
    if isinstance(seen.releases, Unread):
        return unknown(name, seen.releases, wanted=wanted)
    if not seen.releases:
        return Finding(
            name=name,
            state=State.WANTING,
            there="there are none",
            wanted=wanted,
            remedy="Set SENTRY_RELEASE where the application runs, and make the release when it is "
            "built: sentry-cli releases new, then set-commits --auto.",
        )
    newest = seen.releases[0]
    at = moment(newest.created)
    problems, remedy = [], []
    if at is None or now - at > RECENT:
        problems.append("the newest is older" if at else "when the newest came is not told")
        remedy.append("Set SENTRY_RELEASE to what runs; a project that rests needs nothing.")
    if not newest.commits and newest.commits is not None:
        problems.append("the newest has no commits")
        remedy.append("Run sentry-cli releases set-commits --auto when you build.")
    told = f"known: {len(seen.releases)}"
    return Finding(
        name=name,
        state=State.WANTING if problems else State.GOOD,
        there="; ".join([told, *problems]),
        wanted=wanted,
        remedy=" ".join(remedy),
        names=(newest.version,),
    )


def source_files(seen: Seen) -> Finding:
    name = "source-files"
    if isinstance(seen.settings, Unread):
        return unknown(name, seen.settings, wanted="the frames of a trace can be read")
    needed = source_files_of(seen.settings.platform)
    if not needed:
        return Finding(
            name=name,
            state=State.NOT_APPLICABLE,
            there="the platform's frames can be read as they come",
            wanted="nothing",
        )
    wanted = f"{needed} of what is built"
    if isinstance(seen.source_files, Unread):
        return unknown(name, seen.source_files, wanted=wanted)
    if seen.source_files:
        there = f"uploads of {needed}: {seen.source_files} or more"
        return Finding(name=name, state=State.GOOD, there=there, wanted=wanted)
    tool = "sourcemaps" if needed == "source maps" else "debug-files"
    return Finding(
        name=name,
        state=State.WANTING,
        there=f"no {needed} were uploaded",
        wanted=wanted,
        remedy=f"Upload them when you build: sentry-cli {tool} upload.",
    )


def code_mappings(seen: Seen) -> Finding:
    name, wanted = "code-mappings", "paths of frames lead to the repository"
    if isinstance(seen.code_mappings, Unread):
        return unknown(name, seen.code_mappings, wanted=wanted)
    if seen.code_mappings:
        there = f"of this project: {seen.code_mappings}"
        return Finding(name=name, state=State.GOOD, there=there, wanted=wanted)
    return Finding(
        name=name,
        state=State.WANTING,
        there="there are none",
        wanted=wanted,
        remedy="Connect the repository in Settings > Integrations, then add one under Code Mappings;"
        " suspect commits and links to lines need it.",
    )


def ownership(seen: Seen) -> Finding:
    """Who owns what is for people to decide."""
    name, wanted = "ownership", "rules say whose an issue is"
    if isinstance(seen.ownership, Unread):
        return unknown(name, seen.ownership, wanted=wanted)
    if seen.ownership.rules:
        off = seen.ownership.auto_assignment.startswith("Turn off")
        there = f"rules: {seen.ownership.rules}; issues are {'not ' if off else ''}assigned by them"
        return Finding(name=name, state=State.GOOD, there=there, wanted=wanted)
    return Finding(
        name=name,
        state=State.WANTING,
        there="there are no rules",
        wanted=wanted,
        remedy="Write some in Project Settings > Ownership Rules: path:src/billing/* #billing.",
    )
