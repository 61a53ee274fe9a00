"""What every forge does: the suite that is run over each, and over the doubles of GitHub."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from modules.autofix.ports import Proposal, PullRequest
from modules.autofix.project import Project
from modules.autofix.review import CheckRun, Remark, Standing

A, B = "sentry-autofix/a-000000-g1", "sentry-autofix/a-000000-g11"
LONG_AGO, NEVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MARK = "<!-- sentry-monitor: job=j1 ci=1 -->"


class AnyForge(Protocol):
    """Forge and Review."""

    async def find(self, project: Project, branch: str) -> PullRequest | None: ...
    async def recent(self, project: Project, *, since: datetime) -> tuple[PullRequest, ...]: ...
    async def files(self, project: Project, pull: PullRequest) -> tuple[str, ...]: ...
    async def propose(self, project: Project, proposal: Proposal) -> PullRequest: ...
    async def standing(self, project: Project, number: int) -> Standing: ...
    async def remarks(self, project: Project, number: int) -> tuple[Remark, ...]: ...
    async def checks(self, project: Project, commit: str) -> tuple[CheckRun, ...]: ...
    async def comment(self, project: Project, number: int, text: str) -> None: ...


class Ground(Protocol):
    """A forge, and what others do there."""

    project: Project

    @property
    def forge(self) -> AnyForge: ...

    async def push(self, branch: str) -> str:
        """A commit that changes `src/calc.py`; its sha."""
        ...

    async def close(self, number: int, *, merged: bool) -> None: ...

    async def check(self, commit: str, name: str, conclusion: str | None) -> None: ...


def proposal(head: str = A, **more: object) -> Proposal:
    plain = Proposal(
        title="fix(WEB-1A): ZeroDivisionError",
        body="what and why, ü\n",
        head=head,
        base="main",
        draft=True,
        labels=("autofix", "autofix: unproven"),
        files=("src/calc.py",),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


class ForgeContract:
    """Subclasses have a fixture `ground`."""

    async def test_a_proposal_is_made_once_and_then_brought_up_to_date(
        self, ground: Ground
    ) -> None:
        await ground.push(A)
        await ground.push(B)

        first = await ground.forge.propose(ground.project, proposal())
        same = await ground.forge.propose(ground.project, proposal())
        other = await ground.forge.propose(ground.project, proposal(B))
        better = await ground.forge.propose(ground.project, proposal(title="fix: it", body="b"))

        assert first.number == same.number == better.number != other.number
        assert (first.state, first.draft, first.ours, first.head) == ("open", True, True, A)
        found = await ground.forge.find(ground.project, A)
        assert found is not None
        assert (found.number, found.title, found.body) == (first.number, "fix: it", "b")
        assert set(found.labels) == {"autofix", "autofix: unproven"}

    async def test_only_exactly_that_head_is_found(self, ground: Ground) -> None:
        await ground.push(B)
        await ground.forge.propose(ground.project, proposal(B))

        assert await ground.forge.find(ground.project, A) is None
        assert await ground.forge.find(ground.project, B) is not None

    async def test_what_a_person_ended_comes_back_as_it_is(self, ground: Ground) -> None:
        await ground.push(A)
        first = await ground.forge.propose(ground.project, proposal())
        await ground.close(first.number, merged=False)

        again = await ground.forge.propose(ground.project, proposal(title="fix: once more"))

        assert (again.number, again.state, again.title) == (first.number, "closed", first.title)

    async def test_a_merge_is_told_apart_from_an_end(self, ground: Ground) -> None:
        head = await ground.push(A)
        first = await ground.forge.propose(ground.project, proposal(draft=False))
        before = await ground.forge.standing(ground.project, first.number)
        await ground.close(first.number, merged=True)

        after = await ground.forge.standing(ground.project, first.number)

        assert (before.state, before.head, before.merge_sha) == ("open", head, None)
        assert after.state == "merged"
        assert after.closed_at is not None
        found = await ground.forge.find(ground.project, A)
        assert found is not None
        assert found.state == "merged"

    async def test_recent_ones_are_open_or_were_closed_since(self, ground: Ground) -> None:
        for branch in (A, B):
            await ground.push(branch)
        first = await ground.forge.propose(ground.project, proposal(A))
        second = await ground.forge.propose(ground.project, proposal(B))
        await ground.close(first.number, merged=False)

        all_of_them = await ground.forge.recent(ground.project, since=LONG_AGO)
        still_open = await ground.forge.recent(ground.project, since=NEVER)

        assert {(pull.number, pull.state) for pull in all_of_them} == {
            (first.number, "closed"),
            (second.number, "open"),
        }
        assert [pull.number for pull in still_open] == [second.number]

    async def test_a_comment_is_written_once(self, ground: Ground) -> None:
        await ground.push(A)
        number = (await ground.forge.propose(ground.project, proposal())).number

        for _ in range(2):
            await ground.forge.comment(ground.project, number, f"The checks failed.\n{MARK}")
        await ground.forge.comment(ground.project, number, "Another one.")

        remarks = await ground.forge.remarks(ground.project, number)
        assert [one.text.partition("\n")[0] for one in remarks] == [
            "The checks failed.",
            "Another one.",
        ]
        assert all(one.mine for one in remarks)

    async def test_checks_are_pending_red_or_green(self, ground: Ground) -> None:
        head = await ground.push(A)
        assert await ground.forge.checks(ground.project, head) == ()

        await ground.check(head, "lint", "success")
        await ground.check(head, "tests", "failure")
        await ground.check(head, "slow", None)

        lights = {run.name: run.light for run in await ground.forge.checks(ground.project, head)}
        assert lights == {"lint": "green", "tests": "red", "slow": "pending"}


class FullForgeContract(ForgeContract):
    """What the emulator has not: drafts that become ready, files that were pushed by git."""

    async def test_a_draft_becomes_ready_and_loses_its_label(self, ground: Ground) -> None:
        await ground.push(A)
        await ground.forge.propose(ground.project, proposal())

        ready = await ground.forge.propose(
            ground.project, proposal(draft=False, labels=("autofix",))
        )

        assert not ready.draft
        found = await ground.forge.find(ground.project, A)
        assert found is not None
        assert (found.draft, found.labels) == (False, ("autofix",))

    async def test_the_files_of_a_pull_request_can_be_asked_for(self, ground: Ground) -> None:
        await ground.push(A)
        await ground.forge.propose(ground.project, proposal())
        (pull,) = await ground.forge.recent(ground.project, since=LONG_AGO)

        assert await ground.forge.files(ground.project, pull) == ("src/calc.py",)
