"""What must be true at the end, whoever was killed when; and what is counted where it is not."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from fakes.clones import Clone
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.local_forge import LocalForge
from modules.autofix.adapters.safegit import folder_name
from modules.autofix.job import Job, Outcome, Status

from .ground import Place

STAGE = re.compile(r"job=(\S+) stage=(\S+) ")
NOTES = ("applying", "fixed", "investigating", "reproduced")


@dataclass(kw_only=True)
class Found:
    """All but `runs` and `slowest_s` must be zero."""

    runs: int = 1
    lost: int = 0
    pulls: int = 0
    notes: int = 0
    branches: int = 0
    orphans: int = 0
    trees: int = 0
    touched: int = 0
    slowest_s: float = 0.0
    told: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return sum(getattr(self, name) for name in COUNTED)

    def add(self, other: "Found") -> None:
        for name in ("runs", *COUNTED, "told"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest_s = max(self.slowest_s, other.slowest_s)


COUNTED = tuple(one.name for one in fields(Found) if one.name not in ("runs", "slowest_s", "told"))


async def judge(place: Place, jobs: Sequence[Job], before: Sequence[str]) -> Found:
    """After the last worker has ended. `before` are the fingerprints of the repositories."""
    found = Found(orphans=len(living(place.folder)))
    forge = LocalForge(place.home / "forge")
    for number, job in enumerate(jobs):
        found.lost += _lost(found, job)
        project = place.workshop().projects.projects[number]
        pulls = await forge.list(project)
        found.lost += int(not pulls)
        found.pulls += max(0, len(pulls) - 1)
        bare = place.home / "forge" / folder_name(project.repository) / "repo.git"
        found.branches += _branches(found, Clone(bare), job)
        found.notes += _notes(found, place.sentry.notes(place.issues[number]), job)
        found.touched += int(place.clone(number).fingerprint() != before[number])
    await GitWorktrees(place.home / "git").sweep(0)
    found.trees = len(left(place))
    return found


def _lost(found: Found, job: Job) -> int:
    if (job.status, job.outcome) == (Status.SUCCEEDED, Outcome.FIXED):
        return 0
    found.told.append(f"job {job.id}: {job.status} at {job.stage}: {job.error_message}")
    return 1


def _branches(found: Found, bare: Clone, job: Job) -> int:
    """Its own one, with the commit of its last attempt."""
    listed = ("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads")
    heads = bare.git(*listed) if bare.exists() else ""
    ours = sorted(line for line in heads.splitlines() if line.startswith("sentry-autofix/"))
    wanted = [f"{job.branch_name} {job.last.commit if job.last else None}"]
    if ours == wanted:
        return 0
    found.told.append(f"branches {ours}, not {wanted}")
    return 1


def _notes(found: Found, texts: Sequence[str], job: Job) -> int:
    """Each stage told once: more is a duplicate, less is lost."""
    told = Counter(told[2] for text in texts if (told := STAGE.search(text)))
    if tuple(sorted(told)) != NOTES:
        found.lost += 1
        found.told.append(f"notes of {job.id}: {dict(told)}")
    return sum(count - 1 for count in told.values())


def living(folder: Path) -> list[int]:
    """Processes whose command line names the folder: git, agents, tests, their guards."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended meanwhile
            continue
        if str(folder) in line:
            found.append(int(path.parent.name))
    return found


def left(place: Place) -> list[Path]:
    """Worktrees, and git's own folders of them."""
    git = place.home / "git"
    patterns = ("worktrees/*", "mirrors/*.git/worktrees/*", "mirrors/*.git/new-*")
    return [path for pattern in patterns for path in git.glob(pattern)]
