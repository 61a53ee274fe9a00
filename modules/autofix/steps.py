"""The steps of a repair. Each takes the job and the ports and gives the job back, with the step
that comes next; each is safe to run twice, since it finds its own effect before it makes it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from modules.framework.errors import ModuleError

from . import policy, screening
from .describe import branch_name, ending, issue_marker, note, pull_marker, title
from .errors import Ended, Parked
from .job import ACTIVE, Job, Mention, Outcome, Problem, Stage, Status, StopAt
from .ports import Ports, Proposal, PullRequest, Remote
from .pull_text import pull_body
from .reasons import sentence

CLOSED_SINCE: Final = timedelta(days=30)
MOST_LOOKED: Final = 10  # pull requests whose files are asked for
PAUSE: Final = timedelta(seconds=60)
LABELS: Final = ("autofix",)
UNPROVEN: Final = "autofix: unproven"


async def gather(job: Job, ports: Ports) -> Job:
    """What Sentry tells about the issue."""
    problem = await ports.issues.gather(job)
    told = {
        "problem": problem,
        "issue_title": problem.title,
        "issue_url": problem.url,
        "sentry_event_id": problem.event_id or job.sentry_event_id,
        "environment": problem.environment,
        "release": problem.release,
    }
    return job.model_copy(update={**told, "stage": Stage.SCREEN})


async def screen(job: Job, ports: Ports) -> Job:
    """Every reason not to begin, the cheap ones first."""
    problem = known(job)
    await not_stopped(ports)
    others = await ports.ledger.others(job)
    if screening.never_to_be_fixed(job, others):
        raise Ended(Outcome.WONT_FIX, "wont_fix", sentence("wont_fix"))
    if refusal := screening.unfit(problem, ports.project.filters):
        raise Ended(*refusal)
    base = await ports.repository.fetch(ports.project)
    job = await _named(job.model_copy(update={"base_sha": base}), ports)
    await _folder(base, ports)
    stack = await _frames(problem, base, ports)
    job = await _no_duplicate(job, ports, stack)
    await _nobody_else(job, others, ports)
    await _room_for_one_more(job, ports)
    await _our_head(job, others, ports)
    if why := await ports.ledger.reserve(job, ports.project):
        raise Ended(Outcome.DECLINED, why, sentence(why))
    return job.model_copy(update={"stage": Stage.BRANCH})


async def _named(job: Job, ports: Ports) -> Job:
    """The branch. Where a person asks anew (with instructions) for what was closed or merged
    before, a new generation begins."""
    while True:
        name = branch_name(job, known(job))
        found = await ports.forge.find(ports.project, name)
        if found is None or found.state == "open" or not job.instructions or _made(job, found):
            return job.model_copy(update={"branch_name": name})
        job = job.model_copy(update={"generation": job.generation + 1})


def _made(job: Job, pull: PullRequest) -> bool:
    return pull_marker(job) in pull.body


async def _folder(base: str, ports: Ports) -> None:
    """Raises Ended where the mapped folder is not there: no frame could be found in it."""
    folder = ports.project.folder
    if not folder:
        return
    files = await ports.repository.files(ports.project, base)
    if not any(file.startswith(f"{folder}/") for file in files):
        told = f"{sentence('folder_missing')} It is {folder!r} on {ports.project.base_branch}."
        raise Ended(Outcome.ERROR, "folder_missing", told)


async def _frames(problem: Problem, base: str, ports: Ports) -> tuple[str, ...]:
    """The files of the stack. Raises Ended where it is not of this code."""
    known_release = problem.release and await ports.repository.resolve(
        ports.project, problem.release
    )
    commit = known_release or base
    missing, places = await _missing(problem, commit, ports)
    if missing:
        raise Ended(Outcome.DECLINED, "frames_not_in_repository", missing)
    if commit != base and (await _missing(problem, base, ports))[0]:
        raise Ended(Outcome.DECLINED, "perhaps_fixed", sentence("perhaps_fixed"))
    return places


async def _missing(problem: Problem, commit: str, ports: Ports) -> tuple[str, tuple[str, ...]]:
    files = await ports.repository.files(ports.project, commit)
    frames = problem.in_app[-20:]
    places = {frame: screening.place(frame, files, ports.project) for frame in frames}
    found = dict.fromkeys(path for path in places.values() if path)
    texts = {path: await ports.repository.read(ports.project, commit, path) for path in found}
    return screening.frames_missing(frames, places, texts.get), tuple(found)


async def _no_duplicate(job: Job, ports: Ports, files: tuple[str, ...]) -> Job:
    """Raises Ended where a pull request is there already; mentions the ones that are like it."""
    mine = await ports.forge.find(ports.project, job.branch_name or "")
    if mine is not None and not _made(job, mine):
        raise _duplicate("our_branch", mine)
    since = ports.now() - CLOSED_SINCE
    pulls = await ports.forge.recent(ports.project, since=since)
    others = [pull for pull in pulls if pull.head != job.branch_name]
    if found := screening.marked(job, others, issue_marker(job)):
        raise _duplicate("our_marker", found)
    shown = await _with_files(job, others, ports)
    same, like = screening.like(known(job), files, shown)
    if same is not None:
        raise _duplicate("similar_pr", same)
    mentions = tuple(Mention(number=o.number, url=o.url, score=score) for o, score in like)
    return job.model_copy(update={"mentions": mentions})


async def _with_files(
    job: Job, pulls: Sequence[PullRequest], ports: Ports
) -> tuple[PullRequest, ...]:
    """The files of those that matter: asking about every one would be a request for each."""
    unknown = [pull for pull in screening.worth_a_look(known(job), pulls) if not pull.files]
    files = {
        pull.number: await ports.forge.files(ports.project, pull) for pull in unknown[:MOST_LOOKED]
    }
    return tuple(replace(pull, files=files.get(pull.number, pull.files)) for pull in pulls)


def _duplicate(reason: str, pull: PullRequest) -> Ended:
    told = f"{sentence(reason)} See #{pull.number}: {pull.url}"
    return Ended(Outcome.DUPLICATE_PR, reason, told, pull_url=pull.url, pull_number=pull.number)


async def _nobody_else(job: Job, others: Sequence[Job], ports: Ports) -> None:
    """What our own table knows to be over, a note need not tell. Raises Ended."""
    try:
        notes = await ports.issues.notes(known(job))
    except ModuleError as error:
        await ports.ledger.tell(job, f"the notes in Sentry cannot be read: {error.message}")
        return
    over = frozenset(one.id for one in others if one.status not in ACTIVE)
    other, stale = screening.in_progress_elsewhere(job, notes, ports.now(), over=over)
    if other:
        told = f"{sentence('in_progress_elsewhere')} It is the job {other}."
        raise Ended(Outcome.DECLINED, "in_progress_elsewhere", told)
    if stale:
        await ports.ledger.tell(job, "took over from an instance that went silent")


async def branch(job: Job, ports: Ports) -> Job:
    """Say in Sentry that we begin: the branch is named, nothing is made in the repository yet."""
    job = await tell(job, ports, "investigating")
    return job.model_copy(update={"stage": Stage.FIX})


async def publish(job: Job, ports: Ports) -> Job:
    """Push the commit and propose it, or wait for a person to say so."""
    if job.stop_at is not StopAt.PR and not job.approved:
        return waiting(job)
    await not_stopped(ports)
    await _room_for_one_more(job, ports)
    problem, commit = known(job), fixed(job)
    changes = await ports.repository.changes(ports.project, job.base_sha or "", commit)
    files = tuple(change.path for change in changes)
    remote = await _push(job, ports, commit)
    shown = ports.project.model_copy(update={"public": ports.project.public or remote.public})
    draft = not (job.proof and job.proof.proven) or bool(job.findings)
    proposal = Proposal(
        title=title(job, problem, next((f for f in files if f in _stack(problem)), None)),
        body=pull_body(job, shown, changes, ports.walls),
        head=job.branch_name or "",
        base=ports.project.base_branch,
        draft=draft,
        labels=(*LABELS, UNPROVEN) if draft else LABELS,
        files=files,
    )
    pull = await ports.forge.propose(ports.project, proposal)
    outcome = Outcome.DRAFT if draft else Outcome.FIXED
    reasons = (*(job.proof.reasons if job.proof else ()), *job.findings)
    reason = reasons[0] if draft and reasons else "proven"
    ended = policy.end(job, outcome, reason, sentence(reason))
    return ended.model_copy(update={"pr_url": pull.url, "pr_number": pull.number})


async def _room_for_one_more(job: Job, ports: Ports) -> None:
    pulls = await ports.forge.recent(ports.project, since=ports.now())
    ours = [p for p in pulls if p.state == "open" and p.head.startswith("sentry-autofix/")]
    others = [pull for pull in ours if pull.head != job.branch_name]
    if len(others) >= ports.project.limits.open_pull_requests:
        raise Ended(Outcome.DECLINED, "budget_open_prs", sentence("budget_open_prs"))


async def _our_head(job: Job, others: Sequence[Job], ports: Ports) -> tuple[Remote, str | None]:
    """Where the branch stands on the forge. Ours are the commits of the attempts of the issue's
    jobs; any other head means that a person works there. Raises Ended."""
    name = job.branch_name or ""
    remote = await ports.forge.remote(ports.project)
    head = await ports.repository.remote_head(ports.project, remote, name)
    ours = {attempt.commit for one in (job, *others) for attempt in one.attempts}
    if head is not None and head not in ours:
        raise Ended(Outcome.ERROR, "branch_moved", sentence("branch_moved"))
    return remote, head


async def _push(job: Job, ports: Ports, commit: str) -> Remote:
    remote, head = await _our_head(job, await ports.ledger.others(job), ports)
    if head != commit:
        name, seen = job.branch_name or "", head or ""
        await ports.repository.push(ports.project, remote, name, commit, expected=seen)
    return remote


def _stack(problem: Problem) -> frozenset[str]:
    paths = [frame.path for frame in problem.in_app]
    tails = ["/".join(path.split("/")[start:]) for path in paths for start in range(4)]
    return frozenset(tails)


async def announce(job: Job, ports: Ports) -> Job:
    """Tell the end in Sentry, where there is somebody to tell."""
    outcome = job.outcome or Outcome.ERROR
    if job.problem is not None:
        told = "" if outcome is Outcome.FIXED else job.error_message or ""
        if _worth_telling(job):
            job = await tell(job, ports, ending(outcome), told, link=job.pr_url or "")
    return policy.closed(job, ports.now())


def _worth_telling(job: Job) -> bool:
    """A job that never said it began has nothing to take back, unless it found a fix."""
    return "investigating" in job.notes or job.outcome is Outcome.DUPLICATE_PR


async def tell(job: Job, ports: Ports, stage: str, told: str = "", *, link: str = "") -> Job:
    """A note for one stage, once: the job knows, and Sentry is asked after a crash."""
    if stage in job.notes:
        return job
    try:
        written = await _written(job, ports, stage, note(job, stage, ports.now(), told, link=link))
        gap = "" if written else "the server takes none"
    except ModuleError as error:  # a note is not worth a job
        gap = error.message
    if gap:
        await ports.ledger.tell(job, f"no note in Sentry ({stage}): {gap}")
    return job.model_copy(update={"notes": (*job.notes, stage)})


async def _written(job: Job, ports: Ports, stage: str, text: str) -> bool:
    marker = f"job={job.id} stage={stage} "
    there = any(marker in one.text for one in await ports.issues.notes(known(job)))
    return there or await ports.issues.add_note(known(job), text)


async def not_stopped(ports: Ports) -> None:
    """Raises Parked while the kill switch is on: the job goes on when it is lifted."""
    if why := await ports.ledger.stopped():
        raise Parked("paused", why, until=ports.now() + PAUSE)


async def prepared(job: Job, ports: Ports) -> None:
    """What the base needs is set up. Raises Ended: no attempt could mend that."""
    base = job.base_sha or ""
    trees = partial(ports.repository.tree, ports.project, base)
    if why := await ports.checks.prepare(ports.project, base, trees):
        raise Ended(Outcome.ERROR, "setup_failed", why)


def waiting(job: Job) -> Job:
    return job.model_copy(update={"status": Status.WAITING, "reason": "waiting_for_decision"})


def known(job: Job) -> Problem:
    if job.problem is None:
        raise ValueError(f"job {job.id} was not gathered")
    return job.problem


def fixed(job: Job) -> str:
    """The commit of the last attempt."""
    if job.last is None or job.last.commit is None:
        raise ValueError(f"job {job.id} has no commit")
    return job.last.commit
