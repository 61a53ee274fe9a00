"""What is suspected, as a part of a ticket's description. Seed document 002, "Issue Description
Output"; everything that committers and events wrote stands in code spans, defused."""

import re
from datetime import datetime
from typing import Final

from modules.safetext.redaction import redact
from modules.safetext.sinks import for_code

from .history import Cause, Commit, Deployment, Suspicion

COMMITS: Final = 5
DEPLOYMENTS: Final = 5
FILES: Final = 10
# The name of a commit. One of digits alone is too likely somebody's number, of which a piece would
# be shown that nothing recognises any more.
SHA: Final = re.compile(r"(?=\d*[a-f])[0-9a-f]{7,64}")
ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.:-]{1,255}/[A-Za-z0-9/._-]{1,300}")


def cause_text(cause: Cause) -> str:
    """Markdown under `## Suspected Cause`; empty where nothing is suspected and nothing known."""
    parts = [_commits(cause), _deployments(cause), _files(cause)]
    told = [part for part in parts if part]
    return "\n\n".join(["## Suspected Cause", *told]) if told else ""


def cause_lines(cause: Cause, most: int = COMMITS) -> str:
    """The same in a few plain lines, for whoever marks and neutralises them."""
    return "\n".join(
        f"{named(one.commit.sha)} of {_time(one.commit.at)} by {one.commit.author}: "
        f"{one.commit.title} ({'; '.join(one.reasons)})"
        for one in cause.suspicions[:most]
    )


def _commits(cause: Cause) -> str:
    if not cause.suspicions:
        return ""
    lines = [_commit(one) for one in cause.suspicions[:COMMITS]]
    head = "These commits were made shortly before the error first appeared, the likeliest first:"
    return "\n\n".join(["### Recent Commits", head, "\n".join(lines)])


def _commit(suspicion: Suspicion) -> str:
    commit = suspicion.commit
    files = ", ".join(for_code(file.path, 200) for file in commit.files[:FILES])
    more = len(commit.files) - FILES
    pull = f" (pull request {commit.pull})" if commit.pull is not None else ""
    return "\n".join(
        [
            f"- {link(commit)} - {for_code(commit.title, 200)}{pull}",
            f"  - **Author:** {for_code(commit.author, 80)}",
            f"  - **Date:** {_time(commit.at)}",
            f"  - **Files:** {files or 'not told'}{f' and {more} more' if more > 0 else ''}",
            *(f"  - **Why:** {for_code(reason, 300)}" for reason in suspicion.reasons),
        ]
    )


def link(commit: Commit) -> str:
    """The short name, leading to the commit's page where it has one, which is no secret."""
    name, url = short(commit.sha), commit.url
    return f"[{name}]({url})" if ADDRESS.fullmatch(url) and redact(url)[0] == url else name


def short(sha: str) -> str:
    return f"`{sha[:12]}`" if SHA.fullmatch(sha) else "a commit"


def named(sha: str) -> str:
    return sha[:12] if SHA.fullmatch(sha) else "a commit"


def _deployments(cause: Cause) -> str:
    lines = [_deployment(one) for one in cause.deployments[:DEPLOYMENTS]]
    return "\n\n".join(["### Recent Deployments", "\n".join(lines)]) if lines else ""


def _deployment(one: Deployment) -> str:
    what = " ".join(
        part
        for part in (
            short(one.sha) if one.sha else "",
            for_code(one.release, 200) if one.release else "",
        )
        if part
    )
    return (
        f"- {for_code(one.environment or 'unknown', 64)} - {what or 'a release'} at {_time(one.at)}"
    )


def _files(cause: Cause) -> str:
    lines = [f"- {for_code(path, 200)}" for path in cause.recently_changed[:FILES]]
    return (
        "\n\n".join(["### Files in Stack Trace Modified Recently", "\n".join(lines)])
        if lines
        else ""
    )


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
