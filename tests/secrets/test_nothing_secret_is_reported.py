"""Applications with the real SDK put secrets into every channel; what arrives is searched, to the
byte."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fakes.recorder import recording

from .forms import every_form
from .sweep import Tally

ROOT = Path(__file__).parents[2]
APPS = ROOT / "tests/data/telemetry"
FORMS = every_form()


def run(app: str, secrets: list[str], dsn: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.json"
    planted.write_text(json.dumps(secrets))
    environ = {
        **os.environ,
        "SENTRY_DSN": dsn,
        "PYTHONPATH": f"{ROOT}:{ROOT}/tests",
        "SENTRY_RELEASE": "shop@1",
    }
    done = subprocess.run(
        [sys.executable, APPS / app, planted],
        env=environ, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("app", ["starlette_app.py", "flask_app.py", "celery_app.py"])
def test_of_over_a_hundred_kinds_in_every_channel_none_arrives(
    app: str, sentry_process: dict[str, Any], tmp_path: Path
) -> None:
    dsn = sentry_process["projects"]["shop"]["dsn"]
    with recording(sentry_process["url"]) as wire:
        through = dsn.replace(
            sentry_process["url"].partition("://")[2], wire.url.partition("://")[2]
        )

        run(app, [one.text for one in FORMS], through, tmp_path)

    assert len({one.kind for one in FORMS}) >= 130
    errors, transactions = wire.of("event"), wire.of("transaction")
    assert len(errors) >= 4 * len(FORMS)
    assert len(transactions) >= len(FORMS)
    assert len(wire.of("log")) >= 1
    tally = Tally()
    tally.look(app, wire.text, [("any channel", one) for one in FORMS])
    assert dict(tally.leaks) == {}
    assert tally.redacted == 1
