"""Notes of a repair on a real server."""

from datetime import timedelta

from demo.processes import local_sentry, run_shop
from fakes.repairs import job
from mcp_servers.sentry_monitor.src.bootstrap import open_services
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.sentry_issues import SentryIssues
from modules.autofix.describe import note, renewed
from modules.outbound.clock import now


async def test_a_note_of_our_own_is_renewed_in_its_place() -> None:
    async with local_sentry() as sentry:
        await run_shop(sentry, "shop@1.4.0", "orders")
        services = open_services(Settings.from_environ(sentry.settings))
        issues = SentryIssues(services.sentry, now=now)
        ours = job(sentry_issue_id="SHOP-1", organization_slug=await services.sentry.organization())
        problem = await issues.gather(ours)
        before = now() - timedelta(minutes=20)
        assert await issues.add_note(problem, note(ours, "investigating", before))
        (told,) = await issues.notes(problem)

        again = renewed(told.text, now())
        assert await issues.change_note(problem, told, again)

        (after,) = await issues.notes(problem)
        assert (after.id, after.text, after.mine) == (told.id, again, True)
        await services.sentry.aclose()
