"""The command line where its output has nowhere to go."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"], autouse=True)
def settings(
    request: pytest.FixtureRequest, sentry_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**sentry_environ, "PYTHONUNBUFFERED": request.param}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("words", [["call", "list-projects"], ["call", "list-projects", "--json"]])
def test_a_full_disk_is_one_line_and_no_defect(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = a_process(*words, stdout=full)

    assert ended.returncode == 1
    assert ended.stderr == (
        "sentry-monitor: cannot write: No space left on device; make room, or send the output "
        "elsewhere. What the command did is done.\n"
    )


@pytest.mark.parametrize("words", [["call", "list-projects"], ["call", "--help"]])
def test_who_reads_no_further_is_told_nothing(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed:
        ended = a_process(*words, stdout=closed)

    assert (ended.returncode, ended.stderr) == (0, "")


def a_process(*words: str, stdout: IO[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mcp_servers.sentry_monitor", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
