"""The command line against a local Sentry."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_servers.sentry_monitor.src.cli.main import main
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def settings(sentry_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sentry_environ.items():
        monkeypatch.setenv(name, value)


def test_a_call_prints_marked_text_where_no_person_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["call", "get-recent-issues", "limit=2"])

    out = capsys.readouterr().out
    assert code == 0
    assert "<untrusted " in out
    assert "\x1b" not in out


def test_a_bare_word_is_guessed_to_be_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "add-comment", "issue_id=SHOP-1", "seen"]) == 2

    assert "did you mean text=seen?" in capsys.readouterr().err


def test_a_defect_ends_in_one_line_and_not_in_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("with the secret hunter2")

    monkeypatch.setattr("mcp_servers.sentry_monitor.src.cli.main._run", broken)

    assert main(["call", "list-projects"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("sentry-monitor: a defect of its own: RuntimeError in test_command")
    assert told.count("\n") == 1
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "99999"], "a port is a number"),
        (["--port", "x"], "a port is a number"),
        (["--host", "foo"], "only loopback"),
        (["--host", "10.0.0.1"], "only loopback"),
    ],
)
def test_a_local_server_is_asked_for_only_on_loopback_and_on_a_port(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["local-sentry", *words])

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_the_pages_are_checked_in_a_checkout_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["docs", "--check"]) == 2
    assert "checkout" in capsys.readouterr().err


def test_json_is_the_whole_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["call", "get-issue-details", "issue_id=SHOP-1", "--json"])

    output = json.loads(capsys.readouterr().out)
    assert code == 0
    assert output["status"] == "success"
    assert output["data"]["issue"]["short_id"] == "SHOP-1"
    assert output["data"]["untrusted"]["tag"] == output["data"]["untrusted"]["end"]
    assert output["duration_ms"] > 0


def test_a_change_reports_its_side_effect(capsys: pytest.CaptureFixture[str]) -> None:
    main(["call", "ignore-issue", "issue-id=SHOP-3", "until=count", "count=5", "--json"])
    ignored = json.loads(capsys.readouterr().out)
    main(["call", "unresolve-issue", "issue_id=SHOP-3", "--json"])

    (effect,) = ignored["side_effects"]
    assert effect["action"] == "set-status"
    assert effect["before"]["status"] == "unresolved"
    assert effect["after"]["details"] == {"ignoreCount": "5"}
    assert effect["undo"] == "unresolve-issue issue_id=SHOP-3"


@pytest.mark.parametrize(
    ("environ", "words", "code", "told"),
    [
        ({}, ["nope"], 2, "There is no operation 'nope'."),
        ({}, ["get-recent-issue"], 2, "Did you mean 'get-recent-issues'?"),
        ({}, ["get-recent-issues", "limit=0"], 2, "parameter 'limit'"),
        ({}, ["get-issue-details", "issue_id=what is this"], 2, "not_an_issue"),
        ({}, ["get-error-events", "issue_id=SHOP-1", "event_id=zz"], 2, "not_an_event"),
        ({}, ["get-issue-details", "issue_id=https://evil.example/issues/1/"], 2, "foreign_host"),
        ({}, ["get-issue-details", "issue_id=SHOP-999"], 5, "There is no issue SHOP-999"),
        ({}, ["get-recent-issues", "project_slug=nope"], 5, "Give one of the projects: shop"),
        ({"SENTRY_ORG_SLUG": "nope"}, ["get-recent-issues"], 5, "SENTRY_ORG_SLUG to one of: acme"),
        ({"SENTRY_ORG_SLUG": "nope"}, ["get-issue-details", "issue_id=1"], 5, "SENTRY_ORG_SLUG"),
        ({"SENTRY_AUTH_TOKEN": ""}, ["list-projects"], 11, "Set SENTRY_AUTH_TOKEN"),
        ({"SENTRY_AUTH_TOKEN": "wrong-token"}, ["list-projects"], 3, "Set SENTRY_AUTH_TOKEN"),
        ({"SENTRY_URL": "ftp://x"}, ["list-projects"], 11, "SENTRY_URL"),
        ({"SENTRY_URL": "http://127.0.0.1:1"}, ["list-projects"], 9, "Check SENTRY_URL"),
        ({"SENTRY_PROJECT": ""}, ["get-recent-issues"], 2, "set SENTRY_PROJECT"),
    ],
)
def test_bad_input_ends_in_a_typed_error_with_advice(
    environ: dict[str, str],
    words: list[str],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert main(["call", *words]) == code

    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "next: " in err
    assert "Traceback" not in err
    assert "wrong-token" not in err


def test_the_only_organization_needs_no_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SENTRY_ORG_SLUG")

    assert main(["call", "list-projects"]) == 0
    assert "1 project in acme" in capsys.readouterr().out


def test_a_rejected_organization_token_is_told_what_it_cannot_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SENTRY_AUTH_TOKEN", "sntrys_" + "x" * 30)

    for operation in ("check-connection", "list-projects"):
        assert main(["call", operation]) == 3
        told = capsys.readouterr().err
        assert "the token for the token" not in told
        assert "Organization tokens (sntrys_…) cannot read issues" in told


def test_what_was_so_already_is_no_change(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["call", "resolve-issue", "issue_id=SHOP-2", "in_next_release=true", "--json"]
    main(words)
    first = json.loads(capsys.readouterr().out)
    main(words)
    again = json.loads(capsys.readouterr().out)
    main(["call", "unresolve-issue", "issue_id=SHOP-2"])

    assert first["side_effects"]
    assert again["status"] == "success"
    assert again["side_effects"] == []
    assert any("nothing changed" in one for one in again["warnings"])


def test_a_search_that_finds_nothing_names_the_environment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "get-recent-issues", "environment=moon"]) == 0
    assert "in environment 'moon'" in capsys.readouterr().out


def test_a_word_without_an_equals_sign_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "get-recent-issues", "shop"]) == 2
    assert "'shop' is no key=value" in capsys.readouterr().err


def test_a_bare_value_gets_the_parameter_it_was_meant_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "get-issue-details", "SHOP-1"]) == 2
    assert "did you mean issue_id=SHOP-1?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["get-issue-details", "SHOP-1"], "did you mean issue_id=SHOP-1?"),
        (["get-recent-issues", "limit=5", "limit=6"], "a second time"),
        (["get-recent-issues", "--limit=5"], "a parameter is given as limit=…"),
        (["bogus", "--help"], "There is no operation 'bogus'"),
        (["get-recent-issues", "limit=0"], "'limit' must be a whole number, 1 to 100"),
    ],
)
def test_what_is_typed_wrong_is_told_as_json_where_that_was_asked(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["call", "--json", *words]) == 2

    out, err = capsys.readouterr()
    output = json.loads(out)
    assert err == ""
    assert output["status"] == "failure"
    assert told in output["error"]["message"]
    assert output["error"]["recovery_suggestion"]


def test_help_of_what_does_not_exist_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "get-issue", "--help"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert "There is no operation 'get-issue'. Did you mean" in err


@pytest.mark.parametrize("words", [[], ["bogus"], ["mcp", "--http"]])
def test_who_is_lost_is_pointed_to_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert "--help`" in capsys.readouterr().err


def test_a_word_that_a_command_does_not_take_is_no_parameter(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["docs", "--check", "foo"]) == 2

    told = capsys.readouterr().err
    assert "unknown argument 'foo'; --help lists" in told
    assert "=…" not in told


def test_an_option_that_is_a_parameter_is_told_how_to_be_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["call", "get-recent-issues", "--limit", "5"]) == 2
    assert "a parameter is given as limit=…" in capsys.readouterr().err


def test_a_parameter_may_follow_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "get-recent-issues", "--json", "limit=1"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["shown"] == 1


def test_a_parameter_given_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "get-recent-issues", "limit=5", "limit=6"]) == 2
    assert "a second time" in capsys.readouterr().err


def test_help_of_an_operation_names_the_values_it_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["call", "ignore-issue", "--help"])
    ignore = capsys.readouterr().out
    main(["call", "get-recent-issues", "--help"])
    recent = capsys.readouterr().out

    assert "escalating|forever|duration|count" in ignore
    assert "1 to 100; default 10" in recent
    assert "None" not in recent
    assert ".;" not in ignore + recent


@pytest.mark.parametrize("name", [one for one in OPERATIONS.names if "autofix" not in one])
def test_help_says_something_of_every_parameter(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["call", name, "--help"])

    listed = capsys.readouterr().out.partition("parameters:\n")[2].partition("\n\n")[0]
    assert [
        line for line in listed.splitlines() if len(line.split()) < 2 and line != "  none"
    ] == []


def test_text_that_the_terminal_cannot_spell_ends_no_call(sentry_environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "mcp_servers.sentry_monitor", "call", "get-project-stats"]
    environ = {**sentry_environ, "PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        command, env=environ, cwd=ROOT, capture_output=True, timeout=60, check=False
    )

    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_keeps_ids_and_titles(
    columns: int, sentry_environ: dict[str, str]
) -> None:
    screen = on_a_terminal(
        ["call", "get-recent-issues", "limit=50"], sentry_environ, columns=columns
    )

    assert "SHOP-1" in screen
    assert "ZeroDivisionError:" in screen
    (head,) = [line for line in screen.splitlines() if "title" in line]
    assert "culprit" not in head
    assert "not shown, as the terminal is narrow: " in screen


def test_help_lists_the_operations_and_each_has_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["call", "--help"]) == 0
    listed = capsys.readouterr().out
    assert main(["call", "resolve-issue", "--help"]) == 0
    own = capsys.readouterr().out

    assert all(one.name in listed for one in OPERATIONS)
    assert "130 interrupted" in listed
    assert "in_next_release" in own
    assert "event:write" in own


@pytest.mark.parametrize("command", [[], ["mcp"], ["docs"], ["local-sentry"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])

    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out


def test_a_terminal_gets_tables_and_colours(sentry_environ: dict[str, str]) -> None:
    screen = on_a_terminal(["call", "get-recent-issues", "limit=50"], sentry_environ)

    assert "\x1b[" in screen
    assert "SHOP-1" in screen
    assert "writable by anyone with the public DSN" in screen


def on_a_terminal(words: list[str], environ: dict[str, str], columns: int = 120) -> str:
    """What a person would see."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mcp_servers.sentry_monitor", *words]
    whole = {
        **environ,
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "COLUMNS": str(columns),
    }
    with subprocess.Popen(command, env=whole, cwd=ROOT, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = bytearray()
        while chunk := read_or_nothing(ours):
            seen += chunk
        process.wait(timeout=30)
    os.close(ours)
    return seen.decode()


def read_or_nothing(descriptor: int) -> bytes:
    """A terminal whose other side is closed ends with an error on Linux."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def test_a_closed_standard_output_is_no_defect() -> None:
    command = f"{sys.executable} -m mcp_servers.sentry_monitor call list-projects >&-"

    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
