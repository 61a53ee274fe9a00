"""What a repair says outside the operations: to a forge, to git, to Sentry and to an agent."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Final

from fakes.job_ports import SHOP
from mcp_servers.sentry_monitor.src.web import rendering
from mcp_servers.sentry_monitor.src.web.job_pages import told_of
from mcp_servers.sentry_monitor.src.web.links import Links
from modules.autofix import describe
from modules.autofix.job import Problem
from modules.autofix.notice_text import plain_text, slack_text
from modules.autofix.notices import Kind, Notice, notice
from modules.autofix.prompts import previous_failure, prompt
from modules.autofix.pull_text import pull_body
from modules.safetext.policy import STRICT

from . import checks
from .documents import NOW
from .repairs import OURS, Repair
from .runs import Renderer, Rendering, Run

PUBLIC: Final = SHOP.model_copy(update={"public": True})
Texts = Callable[[Repair, Problem], Sequence[str]]


def _problems(repair: Repair, problem: Problem) -> Sequence[Problem]:
    """The gathered one, and ones whose names are hostile as a whole."""
    frames = problem.frames[-1:]
    return [
        problem,
        *(
            problem.model_copy(
                update={
                    "short_id": text,
                    "type": text,
                    "frames": tuple(one.model_copy(update={"function": text}) for one in frames),
                }
            )
            for text in repair.texts
        ),
    ]


def _paths(repair: Repair) -> Sequence[str | None]:
    return [None, *repair.texts]


def _titles(repair: Repair, problem: Problem) -> Sequence[str]:
    pairs = zip(_problems(repair, problem), _paths(repair), strict=True)
    return [describe.title(repair.job, one, path) for one, path in pairs]


def _commits(repair: Repair, problem: Problem) -> Sequence[str]:
    pairs = zip(_problems(repair, problem), _paths(repair), strict=True)
    return [describe.commit_message(repair.job, one, path) for one, path in pairs]


def _branches(repair: Repair, problem: Problem) -> Sequence[str]:
    return [describe.branch_name(repair.job, one) for one in _problems(repair, problem)]


def _bodies(repair: Repair, problem: Problem) -> Sequence[str]:
    """With what the event said, and for a repository that everybody can read."""
    return [pull_body(repair.job, project, repair.changes) for project in (SHOP, PUBLIC)]


def _notes(repair: Repair, problem: Problem) -> Sequence[str]:
    told = [repair.job.error_message or "", *repair.texts]
    return [describe.note(repair.job, "ended", NOW, one, link=OURS) for one in told]


def _prompts(repair: Repair, problem: Problem) -> Sequence[str]:
    return [prompt(repair.job, problem, SHOP, plan=plan) for plan in (True, False)]


def _failures(repair: Repair, problem: Problem) -> Sequence[str]:
    return [previous_failure(repair.job) or ""]


def _notices(repair: Repair) -> Iterator[Notice]:
    """Each kind, with the case's job and with jobs whose every word is hostile."""
    jobs = [
        repair.job,
        *(
            repair.job.model_copy(
                update={"issue_title": text, "error_message": text, "environment": text}
            )
            for text in repair.texts
        ),
    ]
    for at, (job, kind) in enumerate(zip(jobs, cycle(Kind), strict=False)):
        yield notice(job, kind, (SHOP, PUBLIC)[at % 3 == 2])


def _slack(repair: Repair, problem: Problem) -> Sequence[str]:
    return [slack_text(one) for one in _notices(repair)]


def _plain(repair: Repair, problem: Problem) -> Sequence[str]:
    return ["\n".join(plain_text(one)) for one in _notices(repair)]


def _pages(repair: Repair, problem: Problem) -> Sequence[str]:
    """What a person sees who decides."""
    links = Links.of("https://sentry.test", "https://forge.test/api/v3")
    pages = rendering.Rendering(links, STRICT, now=lambda: NOW)
    told = told_of(repair.job, repair.history, NOW)
    visit = {"csrf": "0" * 64, "here": "/jobs/x", "said": "", "guarded": True, "deliveries": []}
    return [pages.render("job.html", {**told, **visit})]


def _renderer(name: str, texts: Texts, judge: Callable[[str], list[checks.Found]]) -> Renderer:
    async def render(run: Run) -> Sequence[Rendering]:
        repair = await run.repair()
        return texts(repair, repair.problem) if repair.problem is not None else []

    return Renderer(f"autofix {name}", render, judge)


REPAIR_TEXTS: Final = (
    _renderer("title", _titles, checks.in_title),
    _renderer("branch", _branches, checks.in_branch),
    _renderer("commit", _commits, checks.in_commit),
    _renderer("body", _bodies, checks.in_body),
    _renderer("note", _notes, checks.in_note),
    _renderer("prompt", _prompts, checks.in_prompt),
    _renderer("slack", _slack, checks.in_slack),
    _renderer("plain", _plain, checks.in_plain),
    _renderer("page", _pages, checks.in_page),
    _renderer("failure", _failures, checks.in_text),
)
