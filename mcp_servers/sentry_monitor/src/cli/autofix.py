"""`sentry-monitor autofix ISSUE`: one repair in the foreground."""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final

from mcp_servers.sentry_monitor.src.bootstrap import environment, send_trial, switch, working
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.autofix.reasons import sentence
from modules.framework.contracts import Category, ModuleInput, ModuleOutput
from modules.framework.errors import ModuleError

from .call import printed
from .exit_codes import BY_CATEGORY, JOB_FAILED, OK, exit_code
from .help_format import HelpFormat
from .worker import issue_tools

LOOK_S: Final = 0.3
UNDER_WAY: Final = ("queued", "running")
NEEDS_A_PERSON: Final = ("auth", "forge_auth")
NOT_SET_UP: Final = ("apprise_missing", "notify_url_unknown")
OVER: Final = ("failed", "cancelled")


def add_autofix(commands: Any) -> None:
    one = commands.add_parser(
        "autofix",
        help="repair one issue, with progress, to a pull request",
        description="Repair one issue in the foreground: an agent writes a failing test and a "
        "fix, we prove it and open a pull request. Nothing is merged. Exit code 0 when the job "
        "ended as it should or waits for a decision, 13 when it failed, 10 when it was "
        "cancelled, 11 when a login is missing, else as with `call`.",
        formatter_class=HelpFormat,
    )
    one.add_argument("issue", nargs="?", metavar="ISSUE", help="number, short id (SHOP-1) or URL")
    one.add_argument("--stop-at", choices=("plan", "diff", "pr"), help="wait there for a person")
    one.add_argument("--instructions", default="", metavar="TEXT", help="for the agent, from you")
    one.add_argument("--json", action="store_true", help="the last ModuleOutput, as JSON")
    switch = one.add_mutually_exclusive_group()
    switch.add_argument("--pause", action="store_true", help="kill switch: no job goes on")
    switch.add_argument("--resume", action="store_true", help="lift the kill switch")
    switch.add_argument(
        "--test-notify", action="store_true", help="send a test to everybody who is told of repairs"
    )
    one.add_argument("--now", action="store_true", help="with --pause: end running agents, too")
    one.set_defaults(run=_autofix, parser=one)


def _refused(error: ModuleError) -> int:
    sys.stderr.write(f"sentry-monitor: {error.message}\n")
    if error.recovery_suggestion:
        sys.stderr.write(f"next: {error.recovery_suggestion}\n")
    return BY_CATEGORY[error.category]


def _autofix(arguments: argparse.Namespace) -> int:
    if problem := _typed_wrong(arguments):
        arguments.parser.error(problem)
    if arguments.pause or arguments.resume:
        return _switch(on=arguments.pause, at_once=arguments.now)
    if arguments.test_notify:
        return _test_notify()
    wanted = {
        "issue_id": arguments.issue,
        "stop_at": arguments.stop_at,
        "instructions": arguments.instructions,
    }
    try:
        output = asyncio.run(_repair({name: value for name, value in wanted.items() if value}))
    except ModuleError as error:
        return _refused(error)
    output = printed(output, as_json=arguments.json)
    return _ended_as(output)


def _typed_wrong(arguments: argparse.Namespace) -> str:
    """Why the words do not fit together; empty where they do."""
    alone = {"--pause": arguments.pause, "--resume": arguments.resume}
    alone["--test-notify"] = arguments.test_notify
    switch = next((name for name, given in alone.items() if given), "")
    if arguments.issue is not None and switch:
        return f"{switch} is about all jobs and takes no ISSUE"
    if arguments.issue is None and not switch:
        return "which ISSUE? A number, a short id (SHOP-1) or a URL"
    if arguments.now and not arguments.pause:
        return "--now belongs to --pause"
    return ""


def _ended_as(output: ModuleOutput) -> int:
    data = (output.data or {}) if output.error is None else {}
    if data and _needs_a_person(data):
        return BY_CATEGORY[Category.CONFIGURATION]
    if data.get("status") == "cancelled":
        return BY_CATEGORY[Category.CONFLICT]
    return JOB_FAILED if data.get("status") == "failed" else exit_code(output)


def _switch(*, on: bool, at_once: bool) -> int:
    try:
        asyncio.run(switch(environment(), on=on, at_once=at_once))
    except ModuleError as error:
        return _refused(error)
    told = "paused: no job goes on until --resume" if on else "resumed"
    sys.stderr.write(f"sentry-monitor: autofix is {told}\n")
    return OK


def _test_notify() -> int:
    """0 when it arrived everywhere; 11 where nobody is named, or a place is not set up; 8 when some
    place refused it."""
    try:
        receipts = asyncio.run(send_trial(environment()))
    except ModuleError as error:
        return _refused(error)
    if not receipts:
        sys.stderr.write(
            "sentry-monitor: nobody is told: set SLACK_WEBHOOK_URL, SLACK_BOT_TOKEN or "
            "SENTRY_FIXER_NOTIFY_URLS (docs/notifications.md)\n"
        )
        return BY_CATEGORY[Category.CONFIGURATION]
    for one in receipts:
        told = f"not told: {one.reason}: {sentence(one.reason)}" if one.reason else "told"
        sys.stdout.write(f"{one.place}: {told}\n")
    if any(one.reason in NOT_SET_UP for one in receipts):
        return BY_CATEGORY[Category.CONFIGURATION]
    refused = any(one.reason for one in receipts)
    return BY_CATEGORY[Category.UPSTREAM] if refused else OK


async def _repair(wanted: dict[str, Any]) -> ModuleOutput:
    async with SentryErrorMonitorModule() as module, AsyncExitStack() as stack:
        output = await module.execute(ModuleInput(operation="autofix-issue", parameters=wanted))
        if output.error is not None:
            return output
        begun = output.data or {}
        job = str(begun["job"])
        if begun["status"] not in UNDER_WAY:
            _tell_way_out(begun)
            return output
        if _needs_a_person(begun):
            await _lift(module, job)
        known = [] if begun["verdict"] == "queued" else await _going_on(module, job)
        await _with_worker(stack, job)
        return await _follow(module, job, known)


def _tell_way_out(data: Mapping[str, Any]) -> None:
    if data["status"] in OVER and data.get("outcome") != "wont_fix":
        again = f"sentry-monitor call decide-autofix-job job_id={data['job']} decision=retry"
        sys.stderr.write(f"sentry-monitor: the job {_how(data)}; to take it up again: {again}\n")


def _how(data: Mapping[str, Any]) -> str:
    return "failed" if data["status"] == "failed" else "was cancelled"


async def _going_on(module: SentryErrorMonitorModule, job: str) -> list[str]:
    """What was told of it before: only what comes from now on is news."""
    sys.stderr.write(f"sentry-monitor: going on with job {job}\n")
    return _messages(await _history(module, job))


async def _with_worker(stack: AsyncExitStack, job: str) -> None:
    """Ours, unless one is at work on this file: then it does the work, and we look on."""
    from modules.jobs.errors import WorkerRunning

    try:
        await stack.enter_async_context(working(environment(), only={job}, tools=issue_tools()))
    except WorkerRunning:
        sys.stderr.write("sentry-monitor: a worker is running; it has the job\n")


async def _follow(module: SentryErrorMonitorModule, job: str, known: list[str]) -> ModuleOutput:
    """Until the job ends or waits; its history is told as it comes, beyond what is known of it."""
    began = time.monotonic()
    while True:
        seen = await _history(module, job)
        data, told = seen.data or {}, _messages(seen)
        _tell(data, fresh(known, told), time.monotonic() - began)
        known = told
        if seen.error is not None or data["status"] not in UNDER_WAY or _needs_a_person(data):
            last = {
                "job_id": job,
                "include": "diff" if data.get("status") == "waiting" else "summary",
            }
            return await module.execute(ModuleInput(operation="get-autofix-job", parameters=last))
        await asyncio.sleep(LOOK_S)


async def _lift(module: SentryErrorMonitorModule, job: str) -> None:
    """Whoever asks again has mended what it was parked for: it need not wait for its time."""
    for decision in ("cancel", "retry"):
        wanted = {"job_id": job, "decision": decision}
        await module.execute(ModuleInput(operation="decide-autofix-job", parameters=wanted))


def _needs_a_person(data: Mapping[str, Any]) -> bool:
    """A login that is missing comes by no waiting."""
    return data["status"] == "queued" and data.get("reason") in NEEDS_A_PERSON


async def _history(module: SentryErrorMonitorModule, job: str) -> ModuleOutput:
    look = {"job_id": job, "include": "history"}
    return await module.execute(ModuleInput(operation="get-autofix-job", parameters=look))


def _messages(output: ModuleOutput) -> list[str]:
    """The lines of a history, the last hundred of it."""
    told = (output.data or {}).get("untrusted", {}).get("data", [])
    return [str(line.get("message", "")) for line in told] if isinstance(told, list) else []


def fresh(known: Sequence[str], told: Sequence[str]) -> Sequence[str]:
    """What of an answer was not in the one before. Both are the end of the same history, so the
    end of the one is the beginning of the other."""
    for gone in range(len(known)):
        if list(known[gone:]) == list(told[: len(known) - gone]):
            return told[len(known) - gone :]
    return told


def _tell(data: Mapping[str, Any], messages: Sequence[str], elapsed_s: float) -> None:
    cost = f" ${data['cost_usd']:.2f}" if data.get("cost_usd") else ""
    for message in messages:
        sys.stderr.write(f"{elapsed_s:7.1f} s{cost}  {message}\n")
    sys.stderr.flush()
