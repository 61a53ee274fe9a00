"""The demonstration, run as a person runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo.processes import bare, local_sentry
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

ROOT = Path(__file__).parents[2]


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def shown() -> subprocess.CompletedProcess[str]:
    return run("-m", "demo.run", "--plain")


def test_the_demonstration_ends_by_itself_and_as_expected(
    shown: subprocess.CompletedProcess[str],
) -> None:
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "everything was as expected" in shown.stdout


def test_the_transcript_shows_every_operation(shown: subprocess.CompletedProcess[str]) -> None:
    called = {name for name in OPERATIONS.names if f"→ {name}(" in shown.stdout}

    assert called == set(OPERATIONS.names)


def test_a_plain_transcript_has_no_terminal_sequences(
    shown: subprocess.CompletedProcess[str],
) -> None:
    assert "\x1b" not in shown.stdout
    assert max(len(line) for line in shown.stdout.split("\n")) < 130


def test_nothing_of_the_demonstration_is_left_running(
    shown: subprocess.CompletedProcess[str],
) -> None:
    (pid,) = [
        int(line.rpartition(" ")[2])
        for line in shown.stdout.splitlines()
        if line.startswith("local-sentry is up")
    ]

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_sample_shop_passes_its_own_tests_in_spite_of_its_bug() -> None:
    tested = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "demo/shop")

    assert tested.returncode == 0, tested.stdout


async def test_the_examples_of_the_readme_run() -> None:
    telemetry, module = re.findall(
        r"(?s)```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8")
    )

    async with local_sentry("--seed") as sentry:
        silent = run("-c", telemetry, env=bare(**sentry.settings))
        ran = run("-c", module, env=bare(**sentry.settings))

    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    assert ran.returncode == 0, ran.stderr
    assert "SHOP-1 error 9" in ran.stdout
