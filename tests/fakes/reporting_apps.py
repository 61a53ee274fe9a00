"""Applications that report to Sentry, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ROOT / "tests/data/telemetry"


def run(app: str, *arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one to its end. Raises AssertionError if it ends badly."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SENTRY_")}
    done = subprocess.run(
        [sys.executable, APPS / app, *arguments],
        env={**clean, "PYTHONPATH": f"{ROOT}:{ROOT}/tests", **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def behind(dsn: str, url: str) -> str:
    """The DSN with another server in its place."""
    scheme, _, place = url.partition("://")
    key, number = dsn.partition("://")[2].partition("@")[0], dsn.rpartition("/")[2]
    return f"{scheme}://{key}@{place}/{number}"
