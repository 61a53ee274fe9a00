"""Rows 20, 21, 24 and 26: what is published, under which name, and whether it begins again."""

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.attacks.chain import REPORT, Chain
from agents.attacks.table import attack
from fakes.clones import ENV, GIT
from fakes.repairs import NOW, frame, job, problem
from modules.autofix import describe
from modules.autofix.acceptance import judge
from modules.autofix.adapters import said
from modules.autofix.errors import Ended
from modules.autofix.job import Job, Status
from modules.autofix.ports import Note
from modules.autofix.project import Budget
from modules.autofix.screening import in_progress_elsewhere
from modules.safetext import sinks

LIVE = (
    *("@team", "Fixes WEB-2", "[skip ci]", "\n/merge", "<!-- hidden", "](https://evil.example"),
    *("closes #12", "\nReviewed-by:", "***NO_CI***", "\n::set-output"),
)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


def as_it_is(text: Any, *_: object) -> Any:
    return text


@attack(20, "@team, Fixes, [skip ci], /merge, hidden comments, images", by="fence, defuse")
async def test_what_a_report_says(
    held: bool, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "\n".join(("told:", *LIVE, "![x](https://evil.example/a.png)"))
    chain.report = {**REPORT, "root_cause": told, "explanation": f"{told}\n```\n{told}"}
    if not held:
        monkeypatch.setattr(sinks, "defuse", as_it_is)

    pull = await chain.published(await chain.guarded(await chain.fixed("")))

    found = [one for one in LIVE if one in pull.body]
    assert found == ([] if held else list(LIVE))


@attack(20, "the same in what becomes title and commit", by="checked words")
async def test_what_a_title_says(held: bool, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "Error @team Fixes WEB-2 [skip ci]"
    chain.problem = problem(type=kind, frames=(frame(function="f @team closes #12"),))
    if not held:
        monkeypatch.setattr(describe, "PLAIN_NAME", re.compile("(?s).*"))

    done = await chain.guarded(await chain.fixed(""))
    pull = await chain.published(done)
    subject = (await chain.pushed()).git("log", "-1", "--format=%B", pull.head)

    for text in (pull.title, subject):
        assert ("@team" in text or "Fixes" in text or "[skip ci]" in text) is not held


NAMES = ("x:refs/heads/main", "../../main", "WEB-1 main", "--mirror", "main", "HEAD", "@{-1}")


@pytest.mark.parametrize("name", NAMES)
@attack(21, "another branch by the short id of the issue", by="our own name for the branch")
async def test_a_branch_by_its_name(held: bool, name: str, chain: Chain) -> None:
    found = problem(short_id=name)

    branch = describe.branch_name(job(), found) if held else f"sentry-autofix/{name}"

    shape = r"sentry-autofix/[a-z0-9][a-z0-9_-]*-[0-9a-f]{6}-g1"
    assert (re.fullmatch(shape, branch) is not None) is held


def push(forge: Path, source: Path, *args: str) -> None:
    subprocess.run(
        [GIT, "push", "-q", *args], cwd=source, env=ENV, check=False, capture_output=True
    )


@attack(21, "push to main", by="lease, one refspec, no force")
async def test_a_push_to_main(held: bool, chain: Chain) -> None:
    done = await chain.fixed("")
    commit, forge = done.attempts[-1].commit or "", await chain.pushed()
    mirror, before = chain.repository.mirror(chain.project), forge.git("rev-parse", "main")
    if held:
        remote = await chain.forge.remote(chain.project)
        with pytest.raises(Ended, match="branch"):
            await chain.repository.push(chain.project, remote, "main", commit, expected="")
    else:
        push(forge.path, mirror, "--force", str(forge.path), f"{commit}:refs/heads/main")

    assert (forge.git("rev-parse", "main") == before) is held


@attack(21, "push over what a person pushed to the branch", by="lease")
async def test_a_push_over_another(held: bool, chain: Chain) -> None:
    done = await chain.fixed("")
    commit, forge = done.attempts[-1].commit or "", await chain.pushed()
    branch = done.branch_name or ""
    forge.git("branch", branch, "main")  # somebody was faster
    if held:
        with pytest.raises(Ended) as ended:
            await chain.published(await chain.guarded(done))
        assert ended.value.reason == "branch_moved"
    else:
        mirror = chain.repository.mirror(chain.project)
        push(forge.path, mirror, "--force", str(forge.path), f"{commit}:refs/heads/{branch}")

    assert (forge.git("rev-parse", branch) == forge.git("rev-parse", "main")) is held


@pytest.mark.parametrize("name", ["+{sha}:refs/heads/main", "{sha}:refs/heads/main"])
@attack(21, "a commit's name that says where it goes", by="whole shas only")
async def test_a_commit_by_its_name(held: bool, name: str, chain: Chain) -> None:
    done = await chain.fixed("")
    forge, before = await chain.pushed(), (await chain.pushed()).git("rev-parse", "main")
    told = name.format(sha=done.attempts[-1].commit)
    if held:
        remote = await chain.forge.remote(chain.project)
        with pytest.raises(ValueError, match="not a commit"):
            await chain.repository.push(chain.project, remote, "fix/a", told, expected="")
    else:
        push(forge.path, chain.repository.mirror(chain.project), "-f", str(forge.path), told)

    assert (forge.git("rev-parse", "main") == before) is held


NOISY = ("/bin/sh", "-c", r"printf 'told: \033]0;evil\007\033[2J\b\b'; exit 1")


@attack(24, "terminal sequences in the output of tests", by="clean")
async def test_terminal_sequences(
    held: bool, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in () if held else (said, sinks):
        monkeypatch.setattr(room, "clean", lambda text: (text, 0))
    chain.more = {"test_command": NOISY}
    done = await chain.proved(await chain.guarded(await chain.fixed("")))
    assert done.proof is not None
    assert "told:" in done.proof.output

    pull = await chain.published(done)

    assert ("\x1b" in pull.body) is not held


@pytest.mark.parametrize("minutes", [0, 10, 29, 59])
@attack(26, "an error of its own run asks for a repair again", by="windows of time")
async def test_a_repair_that_begins_again(held: bool, minutes: int) -> None:
    budget = Budget() if held else Budget(jobs_per_issue_minutes=0, dedup_minutes=0)
    later = NOW + timedelta(minutes=minutes)
    first: Job = job(status=Status.FAILED)

    accepted = judge(job(id="j2", created_at=later), [first], budget, later)

    assert (accepted.verdict == "queued") is not held


@attack(26, "ask again while one is under way, by force", by="one job at a time")
async def test_two_repairs_of_one_issue(held: bool) -> None:
    first: Job = job(status=Status.RUNNING if held else Status.FAILED)

    accepted = judge(job(id="j2"), [first], Budget(), NOW, force=True)

    assert (accepted.verdict == "queued") is not held


@attack(26, "a stranger's note that says somebody works on it", by="only our own notes count")
async def test_a_forged_note(held: bool) -> None:
    text = describe.note(job(id="other"), "investigating", NOW)
    notes = (Note(id="1", text=text, mine=not held, age_s=60.0),)

    other, _ = in_progress_elsewhere(job(), notes, NOW)

    assert (other == "") is held
