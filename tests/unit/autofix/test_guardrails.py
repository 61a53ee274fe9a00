"""What a change may never do: paths, kinds of file, size, secrets, scripts, weaker tests."""

import base64
from typing import Any

import pytest

from modules.autofix.guardrails import (
    ALWAYS,
    OURS,
    Violation,
    added_lines,
    blocked,
    protected,
    script_violations,
    secrets_in,
    violations,
    weakened,
)
from modules.autofix.ports import Change
from modules.autofix.project import Limits, Project

PROJECT = Project(key="shop", slug="shop", repository="/srv/shop")
OWN = "-".join(["Zx8", "Quokka", "2718281828", "tail"])


def change(path: str = "src/app.py", **more: Any) -> Change:
    given: dict[str, Any] = {
        "old_mode": "100644",
        "new_mode": "100644",
        "status": "M",
        "added": 2,
        "deleted": 1,
    }
    return Change(path=path, **{**given, **more})


def reasons(*changes: Change, project: Project = PROJECT) -> list[str]:
    return [one.reason for one in violations(changes, project)]


def test_a_small_fix_with_its_test_passes() -> None:
    assert violations([change(), change("tests/test_app.py", status="A")], PROJECT) == ()


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/x.yml", ".gitattributes", "sub/.gitmodules", ".GitLab-ci.yml",
        ".claude/settings.json", "AGENTS.md", "docs/Claude.MD", ".mcp.json", ".husky/pre-commit",
        "sitecustomize.py", "src/evil.pth", "uv.lock", "web/package-lock.json", "go.sum",
        "requirements-dev.txt", "app/migrations/0001_first.py", "migrations.py", "auth/token.py",
        "src/auth.py", "SRC/AUTH/login.py", "\uff53rc/\uff41uth/login.py", "src/au\u00adth/login.py",
        "billing/invoice.ts", ".env", ".env.local", "deploy/main.tf", "Dockerfile.dev", "tls/a.pem",
        ".pre-commit-config.yaml", ".cursorrules", ".git/config", "Jenkinsfile",
    ],
)  # fmt: skip
def test_closed_paths(path: str) -> None:
    assert blocked(path)


@pytest.mark.parametrize(
    "path",
    [
        "oauth/login.py", "src/author.py", "src/authors/one.py", "docs/migrating.md", "src/env.py",
        "payments_view/a.py", "src/keys.py", "lockfile.py", "requirements/notes.md", "src/agents.py",
    ],
)  # fmt: skip
def test_paths_that_only_look_like_closed_ones(path: str) -> None:
    assert blocked(path) is None


def test_forms_of_patterns() -> None:
    assert blocked("a/db/one/x.sql", ["/db/*/x.sql"])
    assert blocked("a/db/one/y.sql", ["db/"])
    assert blocked("a/db.py", ["DB/**"])
    assert blocked("db/one/x.sql/y", ["db/*/x.sql"]) is None
    assert blocked("x.sql", ["db/*/x.sql"]) is None


def test_every_default_pattern_closes_something() -> None:
    for pattern in ALWAYS:
        sample = pattern.replace("/**", "/x").replace("*", "x")
        assert blocked(sample), pattern


def test_a_violation_names_file_and_rule() -> None:
    (found,) = violations([change("src/auth/a.py")], PROJECT)

    assert found == Violation(reason="blocked_path", path="src/auth/a.py", rule="closed by auth/**")
    assert found.sentence == "src/auth/a.py: closed by auth/**"


def test_a_project_closes_and_opens_paths() -> None:
    project = PROJECT.model_copy(
        update={"blocked_paths": ("db/schema/**", "legacy/"), "allowed_paths": ("Auth/**",)}
    )

    assert reasons(change("src/auth/a.py"), project=project) == []
    assert reasons(change("app/DB/schema/a.sql"), project=project) == ["blocked_path"]
    assert reasons(change("legacy/a/b.py"), project=project) == ["blocked_path"]
    assert reasons(change("db/other/schema.py"), project=project) == []
    assert reasons(change("billing/a.py"), project=project) == ["blocked_path"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"new_mode": "120000", "status": "T"}, "symlink"),
        ({"old_mode": "120000", "new_mode": "000000", "status": "D"}, "symlink"),
        ({"old_mode": "000000", "new_mode": "160000", "status": "A"}, "submodule"),
        ({"old_mode": "000000", "new_mode": "100755", "status": "A"}, "executable"),
        ({"new_mode": "100755"}, "executable"),
        ({"added": None, "deleted": None}, "binary"),
        ({"readable": False}, "blocked_path"),
        ({"added": 601}, "too_large"),
        ({"deleted": 599}, "too_large"),
    ],
)
def test_kinds_of_file_and_size(more: dict[str, Any], reason: str) -> None:
    assert reasons(change(**more)) == [reason]


def test_an_executable_may_be_mended_and_the_limits_met() -> None:
    assert reasons(change(old_mode="100755", new_mode="100755")) == []
    assert reasons(change(added=599, deleted=1)) == []


def test_ten_thousand_files_are_too_many() -> None:
    many = [change(f"src/m{n}.py", added=0, deleted=0) for n in range(10_000)]
    assert reasons(*many) == ["too_large"]

    few = PROJECT.model_copy(update={"limits": Limits(files=2)})
    assert reasons(*many[:2], project=few) == []
    assert reasons(*many[:3], project=few) == ["too_large"]


@pytest.mark.parametrize(
    "path",
    ["../x.py", "/etc/passwd", "a/../b", "a//b", "sub/.git", "a/.GIT/config", "a\\b", "a\nb"],
)
def test_unsafe_paths(path: str) -> None:
    assert reasons(change(path)) == ["blocked_path"]


def test_outside_of_the_folder() -> None:
    project = PROJECT.model_copy(update={"folder": "backend"})

    assert reasons(change("backend/a.py"), project=project) == []
    assert reasons(change("backend2/a.py"), project=project) == ["blocked_path"]
    assert reasons(change("frontend/a.py"), project=project) == ["blocked_path"]


def test_nothing_or_only_tests() -> None:
    assert reasons() == ["no_change"]
    assert reasons(change("tests/test_a.py"), change("conftest.py")) == ["no_change"]


def test_a_path_cannot_write_to_the_terminal() -> None:
    (found,) = violations([change("a\x1b[2J\nb.py")], PROJECT)
    assert found.sentence.isprintable()


# ------------------------------------------------------------------------------------- secrets


def spellings() -> dict[str, str]:
    raw = OWN.encode()
    half = len(OWN) // 2
    return {
        "plain": f"key = '{OWN}'",
        "reversed": OWN[::-1],
        "hex": raw.hex(),
        "HEX": raw.hex().upper(),
        **{
            f"base64 after {n}": base64.b64encode(b"x" * n + raw + b"yz").decode() for n in range(3)
        },
        "url-safe": base64.urlsafe_b64encode(raw).decode(),
        "in two strings": f'"{OWN[:half]}" + \\\n    "{OWN[half:]}"',
        "with invisible letters": OWN[:5] + "\u200b" + OWN[5:],
    }


@pytest.mark.parametrize("spelling", spellings())
def test_our_own_secret_in_every_spelling(spelling: str) -> None:
    text = f"def test_it():\n    value = {spellings()[spelling]}\n"

    assert OURS in secrets_in(text, [OWN])
    assert OURS not in secrets_in(text, ["quite-another-secret-of-ours"])


def test_likely_secrets_are_named_and_never_shown() -> None:
    token = "ghp_" + "A1b2C3d4E5f6G7h8I9j0" * 2
    found = secrets_in(f"TOKEN = '{token[:40]}'")

    assert found
    assert all("A1b2" not in kind for kind in found)


def test_ordinary_code_holds_no_secret() -> None:
    code = 'def pay(card, token):\n    return send("ops@example.com", "10.0.0.7", token=token)\n'
    assert secrets_in(code, [OWN, "short"]) == ()
    assert secrets_in("a short text", ["short"]) == ()


def test_added_lines_are_those_of_the_diff() -> None:
    diff = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,3 @@\n kept\n-gone\n+new\n+++ x\n"
    added = added_lines(diff)

    assert [line for line in added.split("\n") if "a.py" not in line] == ["new", "++ x"]


# ----------------------------------------------------------------------- manifests and tests


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("package.json", '{"scripts": {}}', '{"scripts": {"postinstall": "sh x"}}'),
        ("web/package.json", None, '{"scripts": {"a": "b"}}'),
        ("pyproject.toml", '[build-system]\nrequires=["a"]', '[build-system]\nrequires=["b"]'),
        ("pyproject.toml", "", '[project.scripts]\na = "b:c"'),
        ("pyproject.toml", "", '[tool.poetry.scripts]\na = "b:c"'),
        ("pyproject.toml", "", "[tool"),
        ("package.json", "{}", "[" * 100_000),
    ],
)
def test_scripts_of_manifests(path: str, before: str | None, after: str) -> None:
    (found,) = script_violations({path: (before, after)})
    assert found.reason == "blocked_path"


def test_other_parts_of_manifests() -> None:
    texts: dict[str, tuple[str | None, str | None]] = {
        "package.json": ('{"scripts": {"a": "b"}, "version": "1"}', '{"scripts": {"a": "b"}}'),
        "pyproject.toml": ("[project]\nname='a'", "[project]\nname='b'"),
        "src/package.py": ("scripts", "other scripts"),
    }
    assert script_violations(texts) == ()


OLD = "import pytest\n\ndef test_a():\n    assert f() == 1\n\ndef test_b():\n    assert g() == 2\n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("tests/test_a.py", OLD, None),
        ("tests/test_a.py", OLD, OLD.replace("def test_b", "def b")),
        ("tests/test_a.py", OLD, OLD.replace("def test_b", "# def test_b")),
        ("tests/test_a.py", OLD, OLD.replace("def test_b", "@pytest.mark.skip\ndef test_b")),
        ("tests/test_a.py", OLD, OLD.replace("def test_b", "@pytest.mark.xfail()\ndef test_b")),
        ("tests/test_a.py", OLD, OLD.replace("    assert g()", "    g()")),
        ("tests/test_a.py", OLD, OLD.replace("    assert g()", "    # assert g()")),
        ("tests/test_a.py", OLD, OLD.replace("assert g() == 2", "assert True")),
        ("tests/test_c.py", None, "@pytest.mark.skip\n" + OLD),
        ("a.test.js", "it('a', () => { expect(1).toBe(2) })", "it.skip('a', () => { expect(1).toBe(2) })"),
        ("a.test.js", "test('a', f); test('b', g)", "test.only('a', f); test('b', g)"),
        ("a.test.js", "test('a', () => { expect(x).toBe(2) })", "test('a', () => { expect(1).toBe(1) })"),
        ("a.test.js", "test('a', f)", "test.todo('a')"),
        ("a_test.go", "func TestA(t *testing.T) { t.Fatal(1) }", "func TestA(t *testing.T) { t.Skip() }"),
        ("conftest.py", "", "collect_ignore = ['test_a.py']"),
    ],
)  # fmt: skip
def test_weaker_tests(path: str, before: str | None, after: str | None) -> None:
    assert weakened({path: (before, after)})


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("tests/test_a.py", OLD, OLD + "\ndef test_c():\n    assert h() == 3\n"),
        ("tests/test_a.py", None, OLD),
        ("src/app.py", "def skip():\n    assert 1\n", None),
        ("a.test.js", "it('a', f)", "it('a', f); it('b', () => expect(x).toBe(1))"),
    ],
)
def test_tests_that_only_grow(path: str, before: str | None, after: str | None) -> None:
    assert weakened({path: (before, after)}) == ()


def test_every_closed_path_of_many_is_protected() -> None:
    plain = [f"src/d{n // 50}/f{n}.py" for n in range(500)]
    closed = [
        *("api/migrations/1.py", "a/Auth.py", "x/auth_tools.py", ".github/workflows/a.yml"),
        *("src/.gitignore", "deploy/Dockerfile.dev", "uv.lock", "legacy/deep/x.py"),
    ]
    patterns = (*ALWAYS, "legacy/**")

    found = protected([*plain, *closed], patterns)

    assert all(any(path == one or path.startswith(f"{one}/") for one in found) for path in closed)
    assert not any(blocked(path, patterns) for path in plain)
    assert not any(one.startswith("src/d") for one in found)
