"""`sentry-monitor lessons`: what became of pull requests, and what later repairs are told."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

from mcp_servers.sentry_monitor.src.bootstrap import environment, learned
from modules.autofix.learning import Acceptance, Lesson, LessonState, acceptance
from modules.framework.errors import ModuleError, in_full
from modules.safetext.sinks import for_line

from .exit_codes import BY_CATEGORY, OK
from .help_format import HelpFormat


def add_lessons(commands: Any) -> None:
    one = commands.add_parser(
        "lessons",
        help="how people take our pull requests, and what later repairs are told",
        description="List how many pull requests were merged, edited or closed, by project, agent "
        "and error type, and the lessons. Proposed ones come from what reviewers wrote where they "
        "closed or edited one; nothing is told to an agent before you approve it.",
        formatter_class=HelpFormat,
    )
    what = one.add_mutually_exclusive_group()
    what.add_argument("--approve", metavar="ID", help="later repairs of its project are told")
    what.add_argument("--drop", metavar="ID", help="nobody is told (any more)")
    what.add_argument("--add", metavar="TEXT", help="a lesson of your own, approved at once")
    one.add_argument("--project", metavar="KEY", help="with --add: of which project")
    one.add_argument("--json", action="store_true", help="as JSON")
    one.set_defaults(run=_lessons, parser=one)


def _lessons(arguments: argparse.Namespace) -> int:
    if (arguments.add is None) != (arguments.project is None):
        arguments.parser.error("--add and --project belong together: the lesson, and whose it is")
    try:
        rates, lessons = asyncio.run(_done(arguments))
    except ModuleError as error:
        sys.stderr.write(f"sentry-monitor: {in_full(error)}\n")
        return BY_CATEGORY[error.category]
    sys.stdout.write(_as_json(rates, lessons) if arguments.json else _as_text(rates, lessons))
    return OK


async def _done(
    arguments: argparse.Namespace,
) -> tuple[Sequence[Acceptance], Sequence[Lesson]]:
    async with learned(environment()) as workshop:
        if arguments.add is not None:
            await workshop.lessons.teach(workshop.named(arguments.project).key, arguments.add)
        elif arguments.approve is not None:
            await workshop.lessons.decide(arguments.approve, LessonState.APPROVED)
        elif arguments.drop is not None:
            await workshop.lessons.decide(arguments.drop, LessonState.DROPPED)
        return acceptance(await workshop.pull_records.kept()), await workshop.lessons.all()


def _as_json(rates: Sequence[Acceptance], lessons: Sequence[Lesson]) -> str:
    told = {
        "acceptance": [{**vars(one), "share": one.share} for one in rates],
        "lessons": [
            {**vars(one), "created_at": one.created_at.isoformat(), "text": for_line(one.text)}
            for one in lessons
        ],
    }
    return f"{json.dumps(told, indent=1)}\n"


def _as_text(rates: Sequence[Acceptance], lessons: Sequence[Lesson]) -> str:
    lines = [_rate(one) for one in rates] or ["no pull request is followed yet"]
    lines += ["", *(_lesson(one) for one in lessons)] if lessons else []
    return "\n".join(lines) + "\n"


def _rate(one: Acceptance) -> str:
    share = "none decided" if one.share is None else f"{one.share:.0%} accepted"
    counts = f"{one.merged} merged, {one.edited} edited, {one.closed} closed, {one.open} open"
    return f"{one.project} {for_line(one.agent, 60)} {one.error_type}: {share} ({counts})"


def _lesson(one: Lesson) -> str:
    where = f"  {for_line(one.source, 200)}" if one.source else ""
    return f"{one.id} {one.state.value:8} {one.project_key}: {for_line(one.text)}{where}"
