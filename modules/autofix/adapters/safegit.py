"""The arguments and the environment of every git call, and what its answers mean. No I/O.

Configuration that a repository or an agent may have planted is overruled on every call; an address
opens only the one protocol it needs; values stand behind `--end-of-options` and are checked.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from modules.autofix.ports import Change
from modules.outbound.processes import PLAIN_PATH

CONFIG: Final = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.quotePath=false",
    "core.sshCommand=false",
    "credential.helper=",
    "http.followRedirects=false",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "push.gpgSign=false",
)
GIT_ENV: Final[Mapping[str, str]] = {
    "PATH": PLAIN_PATH,
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
# What info/attributes of our repositories says, before any .gitattributes: files are bytes, no
# program filters them, and what is binary is told by its content.
ATTRIBUTES: Final = "* -text !eol -ident -filter !working-tree-encoding !diff\n"
# What runs of tests and set-up commands leave behind is no change.
EXCLUDES: Final = "__pycache__/\n*.py[cod]\n.pytest_cache/\nnode_modules/\n.venv/\n.DS_Store\n"
# git gc would outlive the push that started it.
BARE_CONFIG: Final = "[gc]\n\tauto = 0\n[receive]\n\tautogc = false\n"

DIFF: Final = (
    *("diff-tree", "-r", "--no-renames", "--ignore-submodules=none", "--submodule=short"),
    *("--no-ext-diff", "--no-textconv", "--no-color"),
)
REFS: Final = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
REGULAR: Final = ("100644", "100755")

SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
OUR_BRANCH: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,199}")
KEEP: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
FOREIGN_BRANCH: Final = re.compile(r"[^-\x00-\x20\x7f~^:?*\[\\@][^\x00-\x20\x7f~^:?*\[\\]{0,199}")
RELEASE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@/-]{0,199}")


def git_argv(
    *args: str, gitdir: str, worktree: str | None = None, config: tuple[str, ...] = ()
) -> list[str]:
    """A git command on an explicit git directory, whatever stands in the folder it works on."""
    tree = [f"--work-tree={worktree}"] if worktree else []
    settings = [part for item in (*CONFIG, *config) for part in ("-c", item)]
    return ["git", f"--git-dir={gitdir}", *tree, *settings, *args]


def transport_env(address: str) -> dict[str, str]:
    """Opens the one protocol that a call needs. The address is `https://host/…` without a login,
    or an absolute path. Raises ValueError.

    A variable, as it also holds for the git that serves a local clone.
    """
    if any(one.isspace() or not one.isprintable() for one in address):
        raise ValueError("not an address")
    if address.startswith("/"):
        return {"GIT_ALLOW_PROTOCOL": "file"}
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an address")
    return {"GIT_ALLOW_PROTOCOL": "https"}


def token_env(origin: str, token: str) -> dict[str, str]:
    """The login for one `https://host`: in no argument, no file and no configuration."""
    header = "Authorization: Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{origin}/.extraHeader",
        "GIT_CONFIG_VALUE_0": header,
    }


def author_env(seconds: str) -> dict[str, str]:
    """Who commits, and when: the time of the base commit, so that doing it again gives the same."""
    return {
        "GIT_AUTHOR_NAME": "sentry-monitor",
        "GIT_AUTHOR_EMAIL": "sentry-monitor@localhost",
        "GIT_AUTHOR_DATE": f"@{seconds} +0000",
        "GIT_COMMITTER_NAME": "sentry-monitor",
        "GIT_COMMITTER_EMAIL": "sentry-monitor@localhost",
        "GIT_COMMITTER_DATE": f"@{seconds} +0000",
    }


def fetch_args(address: str, *refspecs: str) -> tuple[str, ...]:
    """Ours are the refs that were fetched: those that are gone there go here."""
    quiet = ("fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head")
    return (*quiet, "--update-shallow", "--end-of-options", address, *refspecs)


def push_args(address: str, commit: str, name: str, expected: str = "") -> tuple[str, ...]:
    """`expected` is the head that the branch must have there, empty for none. Raises ValueError."""
    ref = f"refs/heads/{our_branch(name)}"
    lease = f"--force-with-lease={ref}:{sha(expected) if expected else ''}"
    how = ("push", "--porcelain", "--no-verify", lease, "--end-of-options")
    return (*how, address, f"{sha(commit)}:{ref}")


def sha(text: str) -> str:
    """A whole commit id. Raises ValueError."""
    return _checked(SHA, text, "commit")


def our_branch(name: str) -> str:
    """A branch that we push. Raises ValueError."""
    return _checked_ref(OUR_BRANCH, name, "branch")


def foreign_branch(name: str) -> str:
    """A branch that people named. Raises ValueError."""
    return _checked_ref(FOREIGN_BRANCH, name, "branch")


def kept(name: str) -> str:
    """The ref that keeps a commit of ours. Raises ValueError."""
    return f"refs/autofix/{_checked_ref(KEEP, name, 'ref')}"


def _checked(pattern: re.Pattern[str], text: str, kind: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(f"not a {kind}")
    return text


def _checked_ref(pattern: re.Pattern[str], name: str, kind: str) -> str:
    """git check-ref-format's rules beyond the alphabet."""
    parts = name.split("/")
    bad = any(not one or one.startswith(".") or one.endswith(".lock") for one in parts)
    if bad or ".." in name or "@{" in name or name.endswith("."):
        raise ValueError(f"not a {kind}")
    return _checked(pattern, name, kind)


def folder_name(repository: str) -> str:
    """One name per repository, to be read and to be told apart."""
    readable = re.sub(r"[^a-z0-9]+", "-", repository.casefold().rstrip("/").split("/")[-1])
    digest = hashlib.sha256(repository.encode()).hexdigest()[:12]
    return f"{readable.strip('-')[:40] or 'repository'}-{digest}"


def release_names(release: str) -> tuple[str, ...]:
    """What a release may be called in git: the tag, with or without package, build and `v`."""
    if RELEASE.fullmatch(release) is None:
        return ()
    version = release.rsplit("@", 1)[-1]
    plain = version.split("+", 1)[0]
    tags = dict.fromkeys(
        spelling
        for name in (release, version, plain)
        for spelling in (name, name.removeprefix("v"), f"v{name}")
        if spelling
    )
    short = re.fullmatch(r"[0-9a-f]{7,64}", version)
    return (
        *(f"refs/tags/{tag}^{{commit}}" for tag in tags),
        *([f"{version}^{{commit}}"] * bool(short)),
    )


def parse_changes(answer: bytes) -> tuple[Change, ...]:
    """Of `diff-tree --raw --numstat -z`: first every raw line, then the counts of every path."""
    raw: list[tuple[bytes, bytes]] = []
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    parts = iter(answer.split(b"\0")[:-1])
    for part in parts:
        if part.startswith(b":"):
            raw.append((part, next(parts)))
        else:
            added, deleted, path = part.split(b"\t", 2)
            counts[path] = _count(added), _count(deleted)
    return tuple(_change(meta, path, *counts.get(path, (0, 0))) for meta, path in raw)


def _count(number: bytes) -> int | None:
    return None if number == b"-" else int(number)


def _change(meta: bytes, path: bytes, added: int | None, deleted: int | None) -> Change:
    old_mode, new_mode, _, _, status = meta[1:].decode("ascii").split(" ")
    text = path.decode("utf-8", "backslashreplace")
    return Change(
        path=text,
        old_mode=old_mode,
        new_mode=new_mode,
        status=status[:1],
        added=added,
        deleted=deleted,
        readable=text.encode("utf-8") == path,
    )


@dataclass(frozen=True)
class Entry:
    """A line of a listing. What is no file has the size 0."""

    mode: str
    name: str  # of the object
    size: int
    path: bytes


def parse_tree(answer: bytes) -> Iterator[Entry]:
    """Of `ls-tree -r -l -z`."""
    for line in answer.split(b"\0")[:-1]:
        meta, path = line.split(b"\t", 1)
        mode, _, name, size = meta.decode("ascii").split()
        yield Entry(mode, name, int(size) if size.isdigit() else 0, path)
