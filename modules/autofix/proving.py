"""The step that proves: which runs of the tests it takes, each on a fresh worktree."""

from dataclasses import replace
from typing import Final

from . import policy
from .errors import Ended
from .job import Job, Outcome, Proof, Stage
from .ports import Change, Ports, TestRun
from .prove import Runs, worse
from .prove import prove as verdict
from .reasons import sentence
from .spellings import hidden
from .steps import fixed, known, prepared, tell
from .testfiles import is_test, is_test_setup

UNMENDABLE: Final = ("test_command_missing", "folder_missing")
FURTHER: Final = 2  # runs of the base, to tell what is flaky from what got worse


async def prove(job: Job, ports: Ports) -> Job:
    """The new test fails without the fix and passes with it, and nothing got worse: else another
    attempt that is told why, at last a draft that says so."""
    if not ports.project.run_tests:
        return _unproven(job, Proof(proven=False, ran=False, reasons=("tests_not_run",)))
    job = await tell(job, ports, "applying")
    await prepared(job, ports)
    changes = await ports.repository.changes(ports.project, job.base_sha or "", fixed(job))
    runs = await _runs(job, changes, ports)
    proof = verdict(
        runs,
        new_tests=_new_tests(changes),
        setup_changed=any(is_test_setup(one.path) for one in changes),
        weakened="tests_weakened" in job.findings,
        exception_type=known(job).type,
    )
    proof = _safe(proof, ports.secrets)
    if proof.fail_to_pass:
        job = await tell(job, ports, "reproduced")
    if not proof.proven:
        return _unproven(job, proof)
    return job.model_copy(update={"proof": proof, "stage": Stage.PUBLISH})


def _safe(proof: Proof, secrets: tuple[str, ...]) -> Proof:
    outputs = {"output": proof.output, "output_before": proof.output_before}
    return proof.model_copy(update={name: hidden(o, secrets) for name, o in outputs.items()})


def _unproven(job: Job, proof: Proof) -> Job:
    reason = proof.reasons[0]
    told = " ".join(sentence(one) for one in proof.reasons)
    return policy.unproven(job.model_copy(update={"proof": proof}), reason, told)


def _new_tests(changes: tuple[Change, ...]) -> tuple[str, ...]:
    return tuple(one.path for one in changes if is_test(one.path) and one.status != "D")


async def _runs(job: Job, changes: tuple[Change, ...], ports: Ports) -> Runs:
    base, commit = job.base_sha or "", fixed(job)
    tests = _new_tests(changes)
    touched = tuple(one.path for one in changes if is_test(one.path) and one.status != "A")
    keep, overlay = f"{job.id}/{len(job.attempts)}", ports.repository.overlay
    await ports.ledger.tell(job, "running the tests on the base, without and with the new tests")
    if tests:
        new = await overlay(ports.project, base, commit, tests, keep=f"{keep}-new")
        on_base, on_new = await ports.checks.together(_run(base, job, ports), _run(new, job, ports))
    else:
        on_base = on_new = await _run(base, job, ports)
    if on_base.tests is None:  # nothing else could change the verdict
        return Runs(base=on_base, base_new=on_base, fixed=on_base, again=on_base)
    await ports.ledger.tell(job, "running the tests with the fix, twice")
    with_fix, again = await ports.checks.together(
        _run(commit, job, ports), _run(commit, job, ports, round_=2)
    )
    with_old = None
    if touched:
        old = await overlay(ports.project, commit, base, touched, keep=f"{keep}-old")
        with_old = await _run(old, job, ports)
    runs = Runs(base=on_base, base_new=on_new, fixed=with_fix, again=again, fixed_old=with_old)
    if runs.fixed.tests is not None and worse(runs):
        further = [await _run(base, job, ports, round_=n) for n in range(2, 2 + FURTHER)]
        return replace(runs, again_on_base=further)
    return runs


async def _run(commit: str, job: Job, ports: Ports, *, round_: int = 1) -> TestRun:
    """Raises Ended where the command does not exist: no attempt could mend that."""
    key = commit if round_ == 1 else f"{commit}-{round_}"
    async with ports.repository.tree(ports.project, commit) as tree:
        run = await ports.checks.run(ports.project, tree, key=key, base=job.base_sha or "")
    if run.problem in UNMENDABLE:
        raise Ended(Outcome.ERROR, run.problem, sentence(run.problem))
    return run
