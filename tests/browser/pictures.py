"""Draw docs/pictures/page-*.png: PYTHONPATH=.:tests python -m browser.pictures, with Chromium there."""

import asyncio
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from playwright.async_api import async_playwright

from browser.eyes import Eyes
from demo.processes import LocalSentry, local_sentry
from demo.replayed_agent import NEW, OLD, TEST
from fakes.autofix_jobs import an_attempt
from fakes.paged import Visitor, on_loopback, shop_job, waiting_job
from fakes.repairs import problem, report
from modules.autofix.adapters.tables import BUDGET, PULLS
from modules.autofix.job import Job, Outcome, Proof, Stage, Status
from modules.outbound.clock import now

PICTURES: Final = Path(__file__).parents[2] / "docs/pictures"
DIFF: Final = "\n".join(
    [
        "diff --git a/shop/prices.py b/shop/prices.py",
        "--- a/shop/prices.py",
        "+++ b/shop/prices.py",
        "@@ -18,4 +18,6 @@ def share_voucher(voucher_cents: int, totals: Sequence[int]) -> list[int]:",
        "     whole = sum(totals)",
        *(f"+{line}" for line in NEW.splitlines()[:2]),
        *(f" {line}" for line in OLD.splitlines()),
        "     shares = [spent * total // whole for total in totals]",
        "diff --git a/shop/test_orders.py b/shop/test_orders.py",
        "--- a/shop/test_orders.py",
        "+++ b/shop/test_orders.py",
        "@@ -48,0 +49,8 @@",
        *(f"+{line}" for line in TEST.strip("\n").splitlines()),
        "",
    ]
)
ENDED: Final = (
    ("TypeError: unsupported operand type(s) for +: 'int' and 'str'", Outcome.FIXED, "proven"),
    ("OrderNotSaved: order A-100 was not saved", Outcome.FIXED, "proven"),
    ("UnicodeDecodeError: invalid start byte", Outcome.DRAFT, "new_test_red_with_fix"),
    ("PaymentUnavailable: no answer for 1800 EUR", Outcome.DECLINED, "external_cause"),
)


def waiting() -> Job:
    told = report(
        root_cause="share_voucher divides by the total of the cart, which is 0 when all of it is free.",
        explanation="A free cart has nothing that a voucher could be taken off, so every share is 0.",
        five_whys=(
            "The checkout failed, since sharing the voucher divided by zero.",
            "The total was zero, since the cart held only free samples.",
            "No test had a voucher on a free cart.",
        ),
    )
    first = an_attempt(
        1,
        agent="claude-code",
        failure="new_test_red_with_fix: The new test fails even with the fix.",
        cost_usd=0.31,
        turns=11,
        duration_s=74,
        diff=DIFF,
        log="…",
    )
    second = an_attempt(
        2,
        agent="claude-code",
        report=told,
        cost_usd=0.42,
        turns=14,
        duration_s=96,
        diff=DIFF,
        log="…",
    )
    proof = Proof(
        proven=True,
        reasons=("proven",),
        same_error=True,
        fail_to_pass=("shop/test_orders.py::test_a_voucher_on_a_free_cart_is_worth_nothing",),
        passed_before=6,
        passed_after=7,
        failed_before=1,
        output="7 passed in 0.21s",
    )
    more: dict[str, Any] = {
        "issue_title": "ZeroDivisionError: integer division or modulo by zero",
        "problem": problem(short_id="SHOP-1"),
        "attempts": (first, second),
        "proof": proof,
        "trigger": "webhook",
        "branch_name": "sentry-autofix/shop-1-1c2d3e-g1",
    }
    return waiting_job("0voucher", **more)


async def furnish(visitor: Visitor) -> None:
    """A day like many."""
    job = visitor.keep(waiting())
    for stage, told in (
        (Stage.GATHER, "queued"),
        (Stage.SCREEN, "gather done"),
        (Stage.FIX, "the agent runs, attempt 1"),
        (Stage.FIX, "the agent runs, attempt 2"),
        (Stage.PROVE, "running the tests on the base, without and with the new tests"),
        (Stage.PROVE, "running the tests with the fix, twice"),
    ):
        visitor.tell(job.model_copy(update={"stage": stage}), told)
    started = {"status": Status.RUNNING, "started_at": now() - timedelta(seconds=84)}
    title = "KeyError: 'voucher' in checkout"
    visitor.keep(shop_job("0key", issue="2", issue_title=title, stage=Stage.FIX, **started))
    for number, (title, outcome, reason) in enumerate(ENDED):
        ended(visitor, number, issue_title=title, outcome=outcome, reason=reason)
    spent = {"project_key": "shop", "reserved_usd": 0.0, "spent_usd": 3.42, "begun": 1}
    today = {"attempt": "0voucher.1", "job_id": "0voucher", "day": f"{now():%Y-%m-%d}"}
    with visitor.engine.begin() as conn:
        conn.execute(sa.insert(BUDGET).values(**spent, **today))


def ended(visitor: Visitor, number: int, **more: Any) -> None:
    at = now() - timedelta(hours=number + 1)
    over = {"status": Status.SUCCEEDED, "stage": Stage.DONE, "created_at": at, "started_at": at}
    proposed = number < 3
    url = f"https://github.com/acme/shop/pull/{40 + number}"
    pull = {"pr_number": 40 + number, "pr_url": url} if proposed else {}
    told = {
        "attempts": (an_attempt(agent="claude-code"),),
        "problem": problem(type=more["issue_title"].partition(":")[0]),
    }
    job = visitor.keep(
        shop_job(f"0e{number}", issue=f"{90 + number}", **over, **pull, **told, **more)
    )
    if proposed:
        shas = dict.fromkeys(("pushed_sha", "head_sha", "merge_sha", "tried_sha"), "")
        row = {"job_id": job.id, "number": 40 + number, "project_key": "shop", "url": url}
        stands = {"outcome": "fixed", "phase": "over", "why": "", "rounds": 0}
        state = {"state": ("merged", "merged", "closed")[number], "next_look": 0.0}
        times = {"opened_at": at.timestamp(), "job_updated": 0.0}
        with visitor.engine.begin() as conn:
            conn.execute(sa.insert(PULLS).values(**row, **shas, **stands, **state, **times))


async def draw(eyes: Eyes, url: str, name: str, **context: Any) -> None:
    async with eyes.on(url, **context) as page:
        await page.get_by_text("Live", exact=True).wait_for()
        path = PICTURES / f"page-{name}.png"
        await page.screenshot(path=path, scale="css")


async def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    async with local_sentry("--seed") as sentry, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        await _all(Eyes(browser), sentry)
        await browser.close()


async def _all(eyes: Eyes, sentry: LocalSentry) -> None:
    settings: dict[str, Any] = {
        **sentry.settings,
        "SENTRY_FIXER_SANDBOX": "none",
    }  # nothing is run in it
    with tempfile.TemporaryDirectory() as folder:
        async with on_loopback(Path(folder), works=True, **settings) as visitor:
            await asyncio.sleep(3)  # tidying up, which ends what nobody runs, is over
            await furnish(visitor)
            wide, phone = {"width": 1180, "height": 1330}, {"width": 390, "height": 844}
            job = f"{visitor.url}/jobs/0voucher"
            await draw(eyes, visitor.url, "overview", viewport=wide)
            await draw(eyes, job, "job", viewport={**wide, "height": 1250}, color_scheme="dark")
            await draw(eyes, visitor.url, "phone", viewport=phone)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
