"""What is wrong with a set-up is told before anything is set up, and without a DSN, too."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk

from modules.telemetry.errors import BadTelemetryArgument, BadTelemetryRules
from modules.telemetry.people import People
from modules.telemetry.sentry_config import add_breadcrumb, capture_message, setup_sentry

ROOT = Path(__file__).parents[3]
DSN = f"http://{'a' * 32}@127.0.0.1:9/1"


@pytest.mark.parametrize("dsn", ["", DSN], ids=["without a DSN", "with one"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sample_rate": 50}, "sample_rate must be a number from 0 to 1"),
        ({"sample_rate": -1}, "sample_rate must be"),
        ({"sample_rate": "0.5"}, "sample_rate must be"),
        ({"sample_rate": float("nan")}, "sample_rate must be"),
        ({"sample_rate": None}, "sample_rate must be"),
        ({"traces_sample_rate": 7}, "traces_sample_rate must be a number from 0 to 1"),
    ],
)
def test_a_share_is_a_number_from_0_to_1(dsn: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadTelemetryArgument, match=said):
        setup_sentry(environ={"SENTRY_DSN": dsn}, **given)

    assert not sentry_sdk.get_client().is_active()


def test_debug_is_a_switch() -> None:
    with pytest.raises(BadTelemetryArgument, match="SENTRY_DEBUG must be true or false"):
        setup_sentry(environ={"SENTRY_DEBUG": "maybe"})

    assert not setup_sentry(environ={"SENTRY_DEBUG": "No"})


def test_an_address_policy_that_does_not_exist_is_no_way_to_keep_addresses() -> None:
    with pytest.raises(BadTelemetryArgument, match="address must be one of drop, shorten, keep"):
        People(address="none")  # type: ignore[arg-type]


def test_a_level_that_does_not_exist_is_refused_before_production() -> None:
    with pytest.raises(BadTelemetryArgument, match="level must be one of fatal, critical, error"):
        capture_message("m", level="wrong")  # type: ignore[arg-type]
    with pytest.raises(BadTelemetryArgument, match="level must be one of"):
        add_breadcrumb("m", level="WARNING")  # type: ignore[arg-type]


def test_rules_that_are_not_there_are_named_without_a_dsn(tmp_path: Path) -> None:
    with pytest.raises(BadTelemetryRules, match=r"nowhere\.toml' cannot be read: No such file"):
        setup_sentry(environ={}, rules=tmp_path / "nowhere.toml")


WITHOUT_SDK = """
import json, sys
sys.modules["sentry_sdk"] = None
from modules.telemetry.sentry_config import *
from modules.telemetry.sentry_config import setup_sentry, before_send_hook
told = {"silent": setup_sentry(environ={}), "heavy": [
    one for one in ("prometheus_client", "opentelemetry.trace") if one in sys.modules]}
add_breadcrumb("b")
told["ids"] = [capture_exception(KeyError("k")), capture_message("m")]
told["hook"] = before_send_hook({"message": "token=hunter2hunter2"}, {})["message"]
try:
    setup_sentry(environ={"SENTRY_DSN": sys.argv[1]})
except Exception as error:
    told["error"] = [type(error).__name__, error.message, error.recovery_suggestion]
print(json.dumps(told))
"""


def test_without_the_sdk_only_a_dsn_is_a_problem() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SDK, DSN],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    name, message, recovery = told.pop("error")
    assert told == {
        "silent": False,
        "heavy": [],
        "ids": [None, None],
        "hook": "token=[redacted:token]",
    }
    assert name == "SdkMissing"
    assert "sentry-sdk is not installed" in message
    assert "[telemetry]" in recovery


def test_without_a_dsn_what_was_set_up_before_stays() -> None:
    assert setup_sentry(environ={"SENTRY_DSN": DSN})
    client = sentry_sdk.get_client()
    try:
        assert not setup_sentry(environ={})
        assert sentry_sdk.get_client() is client
    finally:
        client.close(0)
        sentry_sdk.get_global_scope().set_client(None)
