"""What whoever starts it is told."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from modules.local_sentry.__main__ import main

SERVER = [sys.executable, "-m", "modules.local_sentry", "--port", "0"]
Capture = pytest.CaptureFixture[str]


def test_a_file_that_is_no_database_is_named(tmp_path: Path, capsys: Capture) -> None:
    junk = tmp_path / "junk.db"
    junk.write_text("not a database, and long enough to be read as one" * 20)

    assert main(["--db", str(junk)]) == 2
    told = capsys.readouterr().err
    assert f"cannot use {junk}: it is no SQLite database" in told
    assert "--db" in told
    assert junk.read_text().startswith("not a database")


def test_the_database_of_another_program_is_refused(tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE issue (name TEXT)")
    connection.close()

    assert main(["--db", str(other)]) == 2
    assert "a database of another program or version" in capsys.readouterr().err


def test_a_folder_cannot_be_the_database(tmp_path: Path, capsys: Capture) -> None:
    assert main(["--db", str(tmp_path)]) == 2
    assert "SQLITE_CANTOPEN" in capsys.readouterr().err


def test_the_folder_of_the_database_must_exist(tmp_path: Path, capsys: Capture) -> None:
    assert main(["--db", str(tmp_path / "none" / "x.db")]) == 2
    assert "its folder must exist" in capsys.readouterr().err


def test_a_port_in_use_is_told_with_the_way_out(capsys: Capture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert main(["--port", str(port)]) == 2

    assert f"127.0.0.1:{port}: Address already in use; choose another --port, or --port 0" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--org", "Bad Org"], "a slug has letters"),
        (["--project", "a;b"], "a slug has letters"),
        (["--token", ""], "8 characters or more"),
        (["--token", "short"], "8 characters or more"),
        (["--token", "with a blank"], "8 characters or more"),
        (["--webhook", "notaurl"], "a URL looks like"),
        (["--webhook", "ftp://127.0.0.1/"], "a URL looks like"),
        (["--webhook", "http://[::1/"], "a URL looks like"),
    ],
)
def test_options_that_could_not_work_are_refused(
    words: list[str], told: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_help_shows_the_defaults(capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    told = " ".join(capsys.readouterr().out.split())
    for default in ("127.0.0.1", "9000", ":memory:", "acme", "shop", "local-token"):
        assert f"default {default}" in told


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_ctrl_c_ends_it_as_it_ends_the_other_commands(by: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        SERVER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert httpx.get(f"{url}/_health/", timeout=20).text == "ok"
        process.send_signal(by)

        assert process.wait(timeout=20) == code


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The DSN of its project."""
    with subprocess.Popen(
        [*SERVER, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["projects"]["shop"]["dsn"]
        finally:
            process.terminate()


def test_two_servers_of_one_machine_have_different_keys_and_one_has_its_key_again() -> None:
    with served() as one, served() as other:
        assert urlsplit(one).username != urlsplit(other).username
    with served("--port", str(urlsplit(one).port)) as again:
        assert again == one


def test_a_file_keeps_its_key_wherever_it_is_served(tmp_path: Path) -> None:
    file, another = (("--db", str(tmp_path / name)) for name in ("one.db", "other.db"))
    with served(*file) as one:
        port = ("--port", str(urlsplit(one).port))
    with served(*another, *port) as other, served(*file) as moved:
        assert urlsplit(moved).username == urlsplit(one).username
        assert urlsplit(other).username != urlsplit(one).username


def told_by(*options: str) -> tuple[dict[str, Any], str]:
    """What programs read, and what people do."""
    with subprocess.Popen(
        [*SERVER, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        return ready, process.stderr.read()


def test_what_is_to_be_exported_is_quoted() -> None:
    token = "eight$(id)"

    _, told = told_by("--token", token)

    assert f"SENTRY_AUTH_TOKEN='{token}'" in told


@pytest.mark.parametrize(("options", "days"), [((), 90), (("--retention-days", "200"), 200)])
def test_it_tells_how_long_it_keeps_events(options: tuple[str, ...], days: int) -> None:
    ready, told = told_by(*options)

    assert ready["retention_days"] == days
    assert f"events are kept for {days} days" in told
