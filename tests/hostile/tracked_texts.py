"""What a tracker is told of a hostile issue, and what pages show of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from mcp_servers.sentry_monitor.src.web import rendering
from mcp_servers.sentry_monitor.src.web.links import Links
from modules.safetext.policy import STRICT
from modules.tracker.adapters import adf
from modules.tracker.ports import MARKER

from . import checks, ticket_checks
from .documents import NOW
from .runs import Renderer, Rendering, Run
from .tracked import Filed

Texts = Callable[[Filed], Awaitable[Sequence[Rendering]]]


async def _titles(filed: Filed) -> Sequence[Rendering]:
    return [one.title for one in filed.tickets]


async def _bodies(filed: Filed) -> Sequence[Rendering]:
    return [one.body for one in filed.tickets]


async def _comments(filed: Filed) -> Sequence[Rendering]:
    return await filed.comments()


async def _labels(filed: Filed) -> Sequence[Rendering]:
    return [" ".join((*one.labels, one.priority)) for one in filed.tickets]


async def _documents(filed: Filed) -> Sequence[Rendering]:
    """As Jira gets them."""
    return [adf.document(one.body) for one in filed.tickets]


async def _pages(filed: Filed) -> Sequence[Rendering]:
    links = Links.of("https://sentry.test", "https://forge.test/api/v3")
    pages = rendering.Rendering(links, STRICT, now=lambda: NOW)
    visit = {"csrf": "0" * 64, "here": "/tracked", "said": "", "guarded": True}
    found = [
        pages.render(
            "tracked_list.html",
            {
                "tracker": "builtin",
                "issues": filed.tracked,
                "counts": {},
                "undecided": 0,
                "wanted": {"state": None, "project": ""},
                **visit,
            },
        )
    ]
    for one in filed.tracked:
        said = await filed.bridge.comments(one)
        values: dict[str, Any] = {
            "issue": one,
            "text": MARKER.sub("", one.body).strip(),
            "comments": [(comment.at, comment.text) for comment in said],
            "waits": await filed.bridge.outbox.of(one),
            "tracker": "builtin",
        }
        found.append(pages.render("tracked.html", {**values, **visit}))
    return found


def _renderer(name: str, texts: Texts, judge: Callable[[Any], list[checks.Found]]) -> Renderer:
    async def render(run: Run) -> Sequence[Rendering]:
        return await texts(await run.filed())

    return Renderer(f"tracker {name}", render, judge)


TRACKED_TEXTS: Final = (
    _renderer("title", _titles, ticket_checks.in_title),
    _renderer("body", _bodies, ticket_checks.in_body),
    _renderer("comment", _comments, ticket_checks.in_comment),
    _renderer("labels", _labels, checks.in_error),
    _renderer("jira", _documents, ticket_checks.in_document),
    _renderer("page", _pages, checks.in_page),
)
