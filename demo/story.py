"""The plot: a shop breaks, somebody looks, one bug comes back, one event lies."""

import re
from dataclasses import dataclass
from typing import Final

from .alerts import alert
from .intruder import RED, TOKEN, ZERO_WIDTH
from .processes import LocalSentry, run_intruder, run_shop
from .repairs import Workplace, repair
from .stage import Stage
from .tracking import track

OLD, NEW = "shop@1.4.0", "shop@1.5.0"
EVENTS: Final = 37  # three vouchers, thirty late feeds, and one each of four others
MARK: Final = re.compile(r"<untrusted ([0-9a-f]{12}) [^>]*>\n(.*)\n</untrusted \1>", re.DOTALL)


class NotFoundInAnswer(Exception):
    """An answer lacks what the next step needs."""


@dataclass(frozen=True)
class Found:
    """The issues of the plot, by short id, as the list of issues told them."""

    voucher: str
    noise: str
    lie: str


async def play(stage: Stage, sentry: LocalSentry, place: Workplace) -> None:
    """Everything in order. Raises NotFoundInAnswer where the plot cannot go on."""
    await break_the_shop(stage, sentry)
    names = await meet_the_server(stage)
    found = await look_around(stage)
    await read_closely(stage, found)
    await resolve_and_regress(stage, found, sentry)
    await tidy_up(stage, found)
    await judge(stage, found)
    await open_other_doors(stage, found)
    await repair(stage, found.voucher, sentry, place)
    await track(stage, found.voucher, sentry, place)
    await alert(stage)
    await verify(stage)
    await make_mistakes(stage, found)
    missing = names - stage.called
    stage.expect(f"all {len(names)} tools of tools/list were called", held=not missing)


async def break_the_shop(stage: Stage, sentry: LocalSentry) -> None:
    stage.transcript.aside(f"SENTRY_RELEASE={OLD} python -m shop orders noise close")
    code = await run_shop(sentry, OLD, "orders", "noise", "close")
    stage.expect(
        "the shop ran, reported through sentry-sdk, and died of a KeyError", held=code == 1
    )
    stage.transcript.aside("python -m intruder  # needs nothing but the public DSN")
    code = await run_intruder(sentry, OLD)
    stage.expect("a stranger's forged event was accepted", held=code == 0)


async def meet_the_server(stage: Stage) -> set[str]:
    stage.step("What can the server do?", "An agent pays for each definition in each conversation.")
    tools = await stage.tools()
    marked = all(one.annotations and one.annotations.read_only_hint is not None for one in tools)
    stage.expect("each tool says whether it changes anything", held=marked)

    stage.step("Who am I here?", "The first call when something does not work: rights and server.")
    text = await stage.call("check-connection", {})
    stage.expect("the token may do everything", held="all operations allowed" in text)

    stage.step("Which projects are there?", "Slugs, not numbers: what the other calls take.")
    text = await stage.call("list-projects", {})
    stage.expect("the shop is there", held="\nshop |" in text)
    return {one.name for one in tools}


async def look_around(stage: Stage) -> Found:
    stage.step("What is going wrong?", "One line an issue, latest first. Titles are others' words.")
    text = await stage.call("get-recent-issues", {"limit": 10})
    events = _column(text, "events")
    told = text.startswith("6 of 6 issues") and sum(events) == EVENTS
    stage.expect(f"{len(events)} issues came of {sum(events)} events", held=told)
    return Found(
        voucher=_issue(text, "CheckoutFailed"),
        noise=_issue(text, "StockFeedLate"),
        lie=_issue(text, "ConfigurationError"),
    )


async def read_closely(stage: Stage, found: Found) -> None:
    stage.step(
        "Why did the checkout fail?",
        "Three customers. The exception, its cause, source, locals, breadcrumbs: enough to fix it.",
    )
    text = await stage.call("get-issue-details", {"issue_id": found.voucher}, most=44)
    stage.expect("the cause is there", held="caused by ZeroDivisionError" in text)
    stage.expect("the frame shows its source line", held="// whole for total in totals" in text)
    stage.expect("the locals tell why", held="whole=0" in text)

    stage.step("How often, to whom?", "The single events of an issue, newest first.")
    text = await stage.call("get-error-events", {"issue_id": found.voucher, "limit": 5})
    stage.expect("three events of the old release", held=text.count(OLD) == 3)

    stage.step("Who changed it?", "Suspect commits. No repository of its code is mapped here yet.")
    text = await stage.call("find-suspected-cause", {"issue_id": found.voucher})
    stage.expect("it says how many commits it looked at", held="looked at" in text)

    stage.step(
        "And the issue that tells agents what to do?",
        "Anyone with the DSN wrote this. It came with a broken fence, terminal colours, zero-width "
        "characters, a forged end of the mark, and a token.",
    )
    text = await stage.call("get-issue-details", {"issue_id": found.lie}, most=36)
    _expect_disarmed(stage, text)


def _expect_disarmed(stage: Stage, text: str) -> None:
    block = MARK.search(text)
    inside = block[2] if block else ""
    stage.expect("the order to run a command is inside the mark", held="npx --yes" in inside)
    once = text.count("</untrusted") == 1 and r"<\/untrusted>" in inside
    stage.expect("the forged ends of the mark end nothing", held=once)
    bare = not set(text) & {RED[0], ZERO_WIDTH}
    stage.expect("no terminal sequence and no invisible character is left", held=bare)
    hidden = TOKEN not in text and "[redacted:github-token]" in inside
    stage.expect("the token is replaced by its kind", held=hidden)
    stage.expect("the e-mail address too", held="[redacted:email]" in inside)
    stage.transcript.told(
        ("  This lowers the odds that a model obeys. What an agent can run, its sandbox decides.",)
    )


async def resolve_and_regress(stage: Stage, found: Found, sentry: LocalSentry) -> None:
    stage.step(
        "Resolve it in the next release", "Looked at, changed once, read back, with its undo."
    )
    arguments = {
        "issue_id": found.voucher,
        "in_next_release": True,
        "comment": "A voucher on a free cart; fixed in the next release.",
    }
    text = await stage.call("resolve-issue", arguments)
    stage.expect("it reads back as resolved", held="-> resolved" in text)
    undo = f"undo: unresolve-issue issue_id={found.voucher}" in text
    stage.expect("the answer says how to take it back", held=undo)

    stage.transcript.aside(f"SENTRY_RELEASE={NEW} python -m shop orders  # deployed, not fixed")
    await run_shop(sentry, NEW, "orders")

    stage.step("Did it stay fixed?", "The same error from the newer release is a regression.")
    text = await stage.call("get-recent-issues", {"query": "is:unresolved is:regressed"})
    back = f"{found.voucher} | error | regressed" in text
    stage.expect("the voucher bug is reported as regressed", held=back)

    stage.step("Tell the team", "A comment for the people who read the issue in Sentry.")
    arguments = {"issue_id": found.voucher, "text": f"Not fixed: it came back with {NEW}."}
    text = await stage.call("add-comment", arguments)
    stage.expect("the comment is there", held="added on" in text)


async def tidy_up(stage: Stage, found: Found) -> None:
    stage.step("Silence the noise", "Thirty warnings that hurt nobody, until there are 100 more.")
    arguments = {"issue_id": found.noise, "until": "count", "count": 100}
    text = await stage.call("ignore-issue", arguments)
    stage.expect("it is ignored, with its condition", held="ignoreCount=100" in text)

    stage.step("Or rather not", "The undo that the answer before named.")
    text = await stage.call("unresolve-issue", {"issue_id": found.noise})
    stage.expect("it is open again", held="-> unresolved" in text)


async def judge(stage: Stage, found: Found) -> None:
    stage.step("Is the project well?", "A verdict and its reasons, the rate, the trend, the worst.")
    text = await stage.call("get-project-stats", {"period": "24h"}, most=16)
    stage.expect("the regression counts", held="1 regressed" in text)

    stage.step("What do the errors have in common?", "By type, place, release; harm beside noise.")
    text = await stage.call("analyze-error-patterns", {"period": "24h"}, most=40)
    noisy = text.partition("[noisy]")[2].partition("\n[")[0]
    stage.expect("the stock feed is called noisy", held=found.noise in noisy)
    harmful = text.partition("[harmful]")[2].partition("\n[")[0]
    stage.expect("the voucher bug is called harmful", held=found.voucher in harmful)
    stage.expect("both releases are counted", held=OLD in text and NEW in text)


async def open_other_doors(stage: Stage, found: Found) -> None:
    stage.step("The issue as a resource", "For clients that attach instead of call: every detail.")
    text = await stage.resource(f"sentry://issues/{found.voucher}")
    stage.expect("it is marked like any answer", held=MARK.search(text) is not None)

    stage.step("The triage prompt", "What a person picks from the client's menu.")
    text = await stage.prompt("triage-issue", {"issue_id": found.voucher})
    stage.expect("it names the issue", held=found.voucher in text)


async def verify(stage: Stage) -> None:
    stage.step("Would our own errors arrive?", "An error and a message, sent and found again.")
    text = await stage.call("verify-telemetry", {})
    stage.expect("both have arrived", held=text.count("arrived: event") == 2)


async def make_mistakes(stage: Stage, found: Found) -> None:
    stage.step("A parameter that does not exist", "The answer must let an agent correct itself.")
    text = await stage.call("get-issue-details", {"issue": found.voucher}, fails=True)
    stage.expect("it names the right one", held="did you mean 'issue_id'?" in text)

    stage.step("A link to another server", "The token is for one host and goes to no other.")
    url = "https://sentry.attacker.example/organizations/acme/issues/1/"
    text = await stage.call("get-issue-details", {"issue_id": url}, fails=True)
    stage.expect("it is refused before any request", held="foreign_host" in text)


def _column(text: str, name: str) -> list[int]:
    """The numbers of one column of the answer's table. Titles, which may hold bars, come later."""
    block = MARK.search(text)
    names, *rows = block[2].splitlines() if block else [""]
    if name not in names.split(" | "):
        raise NotFoundInAnswer(f"no column {name!r} in the answer")
    place = names.split(" | ").index(name)
    return [int(row.split(" | ")[place]) for row in rows]


def _issue(text: str, title: str) -> str:
    """The short id in the row whose title begins so."""
    row = re.search(rf"(?m)^(\S+) \|.*\| {re.escape(title)}", text)
    if row is None:
        raise NotFoundInAnswer(f"no issue {title!r} in the answer")
    return row[1]


def _events(text: str) -> int:
    """The sum of a list's column of events."""
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("SHOP-")]
    return sum(int(row[3]) for row in rows)
