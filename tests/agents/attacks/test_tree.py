"""Rows 7 to 10 and 23: what an agent does to its worktree and to the git that belongs to it."""

import json
import subprocess
from pathlib import Path

import pytest

from agents.attacks.chain import REPORT, Chain
from agents.attacks.table import attack
from fakes.clones import ENV, GIT
from modules.autofix.adapters.command_agent import CommandAgent
from modules.autofix.adapters.git_worktrees import GitWorktrees
from modules.autofix.adapters.sandbox.bubblewrap import Bubblewrap
from modules.autofix.adapters.sandbox.place import Place, Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import AgentTask


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that tells that it was run, by whoever works outside of the sandbox."""
    path = tmp_path / "trap.sh"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    path.chmod(0o755)
    return path


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


def plain_git(tree: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([GIT, *args], cwd=tree, env=ENV, check=False, capture_output=True)


async def in_tree(chain: Chain, sandbox: Sandbox, tree: Path, script: str) -> int:
    place = Place(tree=tree, reads=(chain.repository.mirror(chain.project),))
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    done = await sandbox.run(("/bin/sh", "-c", script), place, env=env, seconds=20)
    return done.code


PLANTS = {
    "another .git": "rm -rf .git; git init -q && git config core.fsmonitor {trap}",
    "fsmonitor": "git config core.fsmonitor {trap}",
    "a filter": "git config filter.x.clean {trap}; echo '*.py filter=x' > .gitattributes",
    "a hook": 'h="$(git rev-parse --git-path hooks)"; mkdir -p $h; ln -s {trap} $h/post-index-change',
}


@pytest.mark.parametrize("what", PLANTS)
@attack(7, "replace .git; plant fsmonitor, filters, hooks in it", by="read-only mounts")
async def test_what_git_would_run(held: bool, what: str, chain: Chain, trap: Path) -> None:
    """Whoever works there with plain git afterwards runs it, where it could be planted."""
    base = await chain.repository.fetch(chain.project)
    async with chain.repository.tree(chain.project, base) as tree:
        mirror = chain.repository.mirror(chain.project)
        (mirror / "info/attributes").unlink()

        sandbox = Bubblewrap() if held else Plain()
        await in_tree(chain, sandbox, tree, PLANTS[what].format(trap=trap))
        (tree / "calc.py").write_text("changed\n")
        plain_git(tree, "add", "calc.py")
        plain_git(tree, "status")

    assert sprung(trap) is not held


@pytest.mark.parametrize("what", PLANTS)
@attack(7, "the same, without a sandbox", by="explicit git dir, -c list, own attributes")
async def test_what_our_git_runs(held: bool, what: str, chain: Chain, trap: Path) -> None:
    base = await chain.repository.fetch(chain.project)
    async with chain.repository.tree(chain.project, base) as tree:
        if not held:
            (chain.repository.mirror(chain.project) / "info/attributes").unlink()
        await in_tree(chain, Plain(), tree, PLANTS[what].format(trap=trap))
        (tree / "calc.py").write_text("changed\n")
        if held:
            repository: GitWorktrees = chain.repository
            await repository.commit(chain.project, tree, base=base, message="m", keep="k")
        else:
            plain_git(tree, "add", "calc.py")
            plain_git(tree, "status")

    assert sprung(trap) is not held


NEST = """mkdir nested; cd nested; git init -q; git config core.fsmonitor {trap}
echo x > x.py; git add x.py; git -c user.name=x -c user.email=x commit -qm x"""


@attack(8, "a nested repository with its own fsmonitor", by="fsmonitor off, gitlink refused")
async def test_a_nested_repository(held: bool, chain: Chain, trap: Path) -> None:
    if held:
        job, came = await chain.attacked(NEST.format(trap=trap), guard=True)
        assert (job.reason, came) == ("submodule", False)
    else:
        base = await chain.repository.fetch(chain.project)
        async with chain.repository.tree(chain.project, base) as tree:
            await in_tree(chain, Bubblewrap(), tree, NEST.format(trap=trap))
            plain_git(tree / "nested", "status")

    assert sprung(trap) is not held


@attack(8, ".gitattributes that hide a change", by="control file, no drivers")
async def test_attributes(held: bool, chain: Chain) -> None:
    """A file that git takes for binary has no lines that could be looked through."""
    secret = "-".join(["Zx8", "Quokka", "2718281828", "tail"])
    chain.secrets = (secret,)
    chain.more = {"allowed_paths": (".git*",)}  # so that it is not refused for its name
    job = await chain.fixed(f"echo '*.py -diff' > .gitattributes; echo 'k = \"{secret}\"' > key.py")
    attempt = job.attempts[-1]
    shown = attempt.diff if held else plainly(chain, job.base_sha or "", attempt.commit or "")

    assert (secret in shown) is held


def plainly(chain: Chain, base: str, commit: str) -> str:
    """What git shows that listens to the attributes of a worktree."""
    mirror, work = str(chain.repository.mirror(chain.project)), chain.folder / "plain"
    plain_git(chain.folder, "clone", "-q", mirror, str(work))
    plain_git(work, "fetch", "-q", mirror, commit)
    plain_git(work, "checkout", "-q", commit)
    return plain_git(work, "diff", base, commit).stdout.decode()


WHO = "-c user.name=x -c user.email=x"
GITS = {
    "commit": f"git add -A && git {WHO} commit -qm x",
    "amend": f"git {WHO} commit -q --amend -m x",
    "stash": f"echo x > new.py && git add new.py && git {WHO} stash",
    "branch": "git branch evil",
    "remote": "git remote add evil https://evil.example/x",
    "push": "git push -q {forge} HEAD:refs/heads/evil",
}


@pytest.mark.parametrize("what", GITS)
@attack(9, "commit, amend, stash, branch, new remote, push", by="read-only git dir")
async def test_git_of_the_agent(held: bool, what: str, chain: Chain) -> None:
    base = await chain.repository.fetch(chain.project)
    forge = (await chain.pushed()).path
    async with chain.repository.tree(chain.project, base) as tree:
        sandbox = Bubblewrap() if held else Plain()
        code = await in_tree(
            chain, sandbox, tree, f"echo x >> calc.py; {GITS[what].format(forge=forge)}"
        )

    assert (code == 0) is not held
    pushed = plain_git(forge, "branch", "--list", "evil").stdout
    assert bool(pushed) is (what == "push" and not held)


EDITS = {
    ">": "echo evil > {path}",
    ">>": "echo evil >> {path}",
    "sed": "sed -i s/first/evil/ {path}",
    "python": 'python3 -c \'open("{path}", "w").write("evil")\'',
    "mv": "echo evil > new && mv -f new {path}",
    "rm": "rm -f {path} && echo evil > {path}",
    "chmod": "chmod 777 {path} && echo evil > {path}",
    "another folder": "mkdir m && echo evil > m/0001.py && rm -rf app/migrations && mv m app/migrations",
    "a hard link": "ln {path} alias && echo evil > alias",
    "mount": "umount app/migrations; echo evil > {path}",
}


@pytest.mark.parametrize("way", EDITS)
@attack(10, "edit a closed file by >, sed, python, mv, rm, a link", by="read-only mount")
async def test_a_closed_file(held: bool, way: str, tree: Path) -> None:
    path = tree / "app/migrations/0001.py"
    path.parent.mkdir(parents=True)
    path.write_text("the first\n")
    protected = ("app/migrations",) if held else ()
    script = EDITS[way].format(path="app/migrations/0001.py")

    place = Place(tree=tree, protected=protected)
    await Bubblewrap().run(("/bin/sh", "-c", script), place, env={}, seconds=20)

    assert ("evil" in path.read_text()) is not held


@attack(10, "move the folder above a closed one away", by="diff guardrail")
async def test_the_folder_above(held: bool, chain: Chain) -> None:
    script = "mv app away; mkdir -p app/migrations; echo evil > app/migrations/0001.py"

    job, came = await chain.attacked(script, guard=held)

    assert came is not held
    assert not held or job.reason == "blocked_path"


ANSWERS = {
    "above": [{"path": "../out.py", "content": "evil"}],
    "in full": [{"path": "/srv/out.py", "content": "evil"}],
    ".git": [{"path": ".git/config", "content": "evil"}],
    "two spellings": [{"path": "a.py", "content": "x"}, {"path": "A.py", "content": "evil"}],
    "a patch": [{"path": "calc.py", "content": "--- a/calc.py\n+++ b/calc.py\n@@ -1 +1 @@\n"}],
    "through a link": [{"path": "link/out.py", "content": "evil"}],
    "10 MB": [{"path": "a.py", "content": "x" * 10_000_000}],
}


@pytest.mark.parametrize("way", ANSWERS)
@attack(23, "an answer with ../x, .git/config, two spellings, a patch, 10 MB", by="checked first")
async def test_files_of_an_answer(held: bool, way: str, tree: Path, tmp_path: Path) -> None:
    """The control writes as a careless program would."""
    files = [{"path": "first.py", "content": "x"}, *ANSWERS[way]]
    (tmp_path / "beside").mkdir()
    (tree / "link").symlink_to(tmp_path / "beside")
    answer = json.dumps({"protocol": 1, "report": REPORT, "files": files})
    (tmp_path / "answer").write_text(answer)
    before = names(tmp_path)
    if held:
        command = ("/bin/cat", str(tmp_path / "answer"))
        project = Chain(tmp_path / "p").project.model_copy(update={"agent_command": command})
        before = names(tmp_path)
        task = AgentTask(job="j", prompt="", previous_failure=None, turns=1, usd=1, seconds=20)
        ran = await CommandAgent(Bubblewrap()).run(project, task, tree)
        assert ran.failure == "no_report"
        assert ran.report is None
    else:
        for file in files:
            careless(tree, file)

    added = names(tmp_path) - before - {"trees/own/first.py"}
    assert bool(added) is not held


def careless(tree: Path, file: dict[str, str]) -> None:
    path = tree / file["path"].removeprefix("/srv/")  # not beyond the test
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file["content"])


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
