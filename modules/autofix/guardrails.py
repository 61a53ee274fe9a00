"""What a change may never do, by the raw diff: the check that binds, whatever an agent says."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import Final

from modules.safetext.controls import clean
from modules.safetext.paths import relative
from modules.safetext.policy import Policy
from modules.safetext.redaction import redact
from modules.safetext.sinks import for_line

from .manifests import changed_section
from .ports import Change
from .project import Project
from .spellings import SHORTEST, variants
from .testfiles import is_test, is_test_setup, losses

# What steers builds, reviews, editors and agents.
CONTROL: Final = (
    ".git*", ".github/**", ".gitlab/**", ".gitlab-ci*", ".circleci/**", ".buildkite/**",
    "azure-pipelines*", "jenkinsfile*", ".claude/**", ".mcp.json", "claude.md", "claude.local.md",
    "agents.md", "gemini.md", ".cursor*", ".cursor/**", ".codex/**", ".aider*", ".vscode/**",
    ".idea/**", ".devcontainer/**", ".husky/**", ".pre-commit-config.y*ml", ".envrc", ".npmrc",
    ".yarnrc*", ".pypirc", "pip.conf", "sitecustomize.py", "usercustomize.py", "*.pth",
    "codeowners",
)  # fmt: skip
LOCKS: Final = (
    "*.lock", "*-lock.json", "*-lock.y*ml", "npm-shrinkwrap.json", "bun.lockb", "go.sum",
    "requirements*.txt",
)  # fmt: skip
SENSITIVE: Final = (
    "migrations/**", "migration/**", "migrate/**", "auth_*", "billing_*", "payment_*", "stripe_*", "alembic/**", "auth/**", "authentication/**", "authz/**",
    "billing/**", "payment/**", "payments/**", "stripe/**", "secrets/**", "credentials/**",
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "*.tf", "*.tfvars", "dockerfile*",
)  # fmt: skip
ALWAYS: Final = (*CONTROL, *LOCKS, *SENSITIVE)

SYMLINK, SUBMODULE, EXECUTABLE = "120000", "160000", "100755"
# Code is full of examples of these; they are no keys to anything.
IN_CODE: Final = Policy(emails=True, addresses=True).kept
# `"abc" + "def"` over two lines is `abcdef`.
GLUE: Final = re.compile(r"[\s\"'`+,\\()]+")
OURS: Final = "own-secret"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One thing that a change must not do. `reason` is one of docs/autofix.md."""

    reason: str
    path: str  # the model's text; empty where it is about the whole change
    rule: str

    @property
    def sentence(self) -> str:
        """In one safe line."""
        return f"{for_line(self.path)}: {self.rule}" if self.path else self.rule


def patterns_of(project: Project) -> tuple[str, ...]:
    """What is closed to repairs of this project."""
    allowed = {_folded(pattern) for pattern in project.allowed_paths}
    default = [pattern for pattern in ALWAYS if _folded(pattern) not in allowed]
    return (*default, *project.blocked_paths)


def blocked(path: str, patterns: Sequence[str] = ALWAYS) -> str | None:
    """The pattern that closes a path. Whole segments, at any depth, in any letter case:
    `auth/**` is the folder and the file auth.py, not oauth/ and not author.py."""
    parts = _folded(path).split("/")
    stem = [*parts[:-1], parts[-1].split(".")[0]]
    return next((pattern for pattern in patterns if _closes(pattern, parts, stem)), None)


def protected(files: Iterable[str], patterns: Sequence[str]) -> tuple[str, ...]:
    """The closed paths among these, sorted; a folder stands for all in it."""
    closed: set[str] = set()
    for path in _perhaps_closed(files, patterns):
        parts = path.split("/")
        tops = ("/".join(parts[:end]) for end in range(1, len(parts)))
        folder = next((top for top in tops if blocked(f"{top}/x", _folders(patterns))), None)
        if folder or blocked(path, patterns):
            closed.add(folder or path)
    return tuple(sorted(closed))


def _perhaps_closed(files: Iterable[str], patterns: Sequence[str]) -> Iterator[str]:
    """Those with a part that any part of a pattern fits: of thousands, a few. One look at each
    name, by all patterns at once."""
    words = frozenset(word for pattern in patterns for word in _segments(pattern)[0])
    for path in files:
        if any(_names_a_part(part, words) for part in path.split("/")):
            yield path


@lru_cache(maxsize=1 << 16)
def _names_a_part(part: str, words: frozenset[str]) -> bool:
    """Kept: the next repair of a repository asks about the same names."""
    name, fits = _folded(part), _any_of(words)
    return bool(fits.match(name) or fits.match(name.split(".")[0]))


@lru_cache(maxsize=64)
def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, sorted(words))))


def _folders(patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in patterns if _segments(one)[1])


def _closes(pattern: str, parts: Sequence[str], stem: Sequence[str]) -> bool:
    wanted, folder = _segments(pattern)
    if not folder:
        anywhere = wanted == (".git*",) and any(part.startswith(".git") for part in parts)
        return anywhere or _fit(parts[-len(wanted) :], wanted)
    inside = range(len(parts) - len(wanted))
    within = any(_fit(parts[at : at + len(wanted)], wanted) for at in inside)
    return within or tuple(stem[-len(wanted) :]) == wanted


@lru_cache(maxsize=1024)
def _segments(pattern: str) -> tuple[tuple[str, ...], bool]:
    """A pattern's segments, and whether it means a folder and all in it."""
    folded = _folded(pattern)
    bare = folded.removesuffix("/**").rstrip("/")
    return tuple(bare.lstrip("/").split("/")), bare != folded


def _fit(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    same = len(parts) == len(wanted)
    return same and all(fnmatchcase(part, want) for part, want in zip(parts, wanted, strict=True))


def _folded(path: str) -> str:
    """As a file system that ignores case, widths and invisible letters would see it."""
    text = unicodedata.normalize("NFKC", path).casefold()
    return text if text.isascii() else "".join(c for c in text if unicodedata.category(c) != "Cf")


def violations(changes: Sequence[Change], project: Project) -> tuple[Violation, ...]:
    """Everything a change does that none may do, each with file and rule; empty when it may pass.
    What its text holds is the matter of `secrets_in` and `script_violations`."""
    if not changes:
        return (Violation(reason="no_change", path="", rule="nothing is changed"),)
    patterns = patterns_of(project)
    looked_at = changes[: project.limits.files]  # with more it does not pass anyway
    each = [one for change in looked_at for one in _of_file(change, project, patterns)]
    return (*each, *_of_all(changes, project))


def _of_file(change: Change, project: Project, patterns: Sequence[str]) -> Iterator[Violation]:
    if why := _unsafe(change):
        yield Violation(reason="blocked_path", path=change.path, rule=why)
        return
    path, modes = change.path, (change.old_mode, change.new_mode)
    if pattern := blocked(path, patterns):
        yield Violation(reason="blocked_path", path=path, rule=f"closed by {pattern}")
    if project.folder and not path.startswith(f"{project.folder}/"):
        rule = f"outside the project's folder {project.folder}"
        yield Violation(reason="blocked_path", path=path, rule=rule)
    if SYMLINK in modes:
        yield Violation(reason="symlink", path=path, rule="a symbolic link")
    if SUBMODULE in modes:
        yield Violation(reason="submodule", path=path, rule="a repository in the repository")
    if change.new_mode == EXECUTABLE != change.old_mode:
        yield Violation(reason="executable", path=path, rule="made executable")
    if change.added is None or change.deleted is None:
        yield Violation(reason="binary", path=path, rule="a binary file")


def _unsafe(change: Change) -> str:
    if not change.readable:
        return "the path is not UTF-8"
    try:
        relative(change.path)
    except ValueError:
        return "the path is unsafe on some systems"
    return ""


def _of_all(changes: Sequence[Change], project: Project) -> Iterator[Violation]:
    limits = project.limits
    lines = sum((change.added or 0) + (change.deleted or 0) for change in changes)
    if len(changes) > limits.files:
        rule = f"{len(changes)} files are changed, {limits.files} at most may be"
        yield Violation(reason="too_large", path="", rule=rule)
    if lines > limits.lines:
        rule = f"{lines} lines are changed, {limits.lines} at most may be"
        yield Violation(reason="too_large", path="", rule=rule)
    if all(is_test(change.path) or is_test_setup(change.path) for change in changes):
        rule = "only tests are changed, so the error is still there"
        yield Violation(reason="no_change", path="", rule=rule)


Texts = Mapping[str, tuple[str | None, str | None]]  # path -> before, after; None: no such file


def script_violations(texts: Texts) -> tuple[Violation, ...]:
    """Dependency manifests in which something changed that is run at an installation."""
    found = ((path, changed_section(path, *both)) for path, both in texts.items())
    return tuple(
        Violation(reason="blocked_path", path=path, rule=f"changes {for_line(section, 60)}")
        for path, section in found
        if section
    )


def weakened(texts: Texts) -> tuple[str, ...]:
    """What a change took from the tests, a safe sentence each: a draft, reason tests_weakened."""
    return tuple(
        f"{for_line(path)}: {loss}" for path, both in texts.items() for loss in losses(path, *both)
    )


def secrets_in(text: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    """The kinds of secret that a text holds, never the secret: `own-secret` for one of `known`,
    in whatever spelling, also taken apart by quotes and line ends; else what it looks like."""
    plain = clean(text)[0]
    kinds = set(redact(plain, IN_CODE)[1])
    if any(_holds(text, plain, secret) for secret in known):
        kinds.add(OURS)
    return tuple(sorted(kinds))


def _holds(text: str, plain: str, secret: str) -> bool:
    joined = GLUE.sub("", plain)
    for spelling in variants(secret):
        glued = GLUE.sub("", spelling)
        if spelling in text or spelling in plain or (len(glued) >= SHORTEST and glued in joined):
            return True
    return False


def added_lines(diff: str) -> str:
    """What a unified diff adds, names of files included: what `secrets_in` looks through."""
    return "\n".join(_added(diff))


def _added(diff: str) -> Iterator[str]:
    """A `+++` is a header or a line that begins with `++`: read as text, both may hold a secret."""
    for line in diff.split("\n"):
        if line.startswith("+"):
            yield line[1:]
        elif line.startswith(("diff --git ", "rename to ", "Binary files ")):
            yield line
