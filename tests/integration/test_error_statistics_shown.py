"""What the first page shows of error statistics that are known in part only."""

import re
from datetime import UTC, datetime, timedelta

import httpx

from fakes.counting_desk import CountingDesk, counting_desk
from mcp_servers.sentry_monitor.src.kept_statistics import KeptStatistics
from mcp_servers.sentry_monitor.src.web.error_charts import errors
from mcp_servers.sentry_monitor.src.web.links import Links
from mcp_servers.sentry_monitor.src.web.rendering import Rendering
from modules.safetext.policy import Policy

NOW = datetime(2026, 11, 26, 2, 30, 5, tzinfo=UTC)


async def words(desk: CountingDesk) -> str:
    kept = KeptStatistics(
        desk.module(), every_s=300, now=lambda: desk.now, projects=lambda: tuple(desk.projects)
    )
    await kept.refresh()
    assert kept.latest is not None
    values = {"errors": errors(kept.latest), "errors_every": 300, "errors_problem": ""}
    rendering = Rendering(Links("", ""), Policy(), now=lambda: desk.now)
    page = rendering.render("errors.html", values)
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


async def test_what_is_not_known_is_not_shown_as_none() -> None:
    def few(url: httpx.URL) -> int:
        several = len(url.params.get_list("project")) > 1
        return 429 if url.path.endswith("/issues/") or several else 0

    async with counting_desk(NOW, ("shop", "web")) as desk:
        await desk.report("shop")
        await desk.report("web")
        desk.refuses = few

        shown = await words(desk)

    assert "Affected users 2 at most Time to resolve unknown" in shown
    assert "By type They are not known. Top issues They are not known." in shown


async def test_what_is_known_is_shown() -> None:
    async with counting_desk(NOW) as desk:
        await desk.report("shop")
        for number in range(130):
            await desk.report("shop", f"E{number}", at=NOW - timedelta(days=2))
            await desk.resolve("shop", f"E{number}")

        shown = await words(desk)

    assert "Affected users 1 Time to resolve" in shown
    assert "median of 120 120 of 130 looked at" in shown
