"""What `doctor` makes of what it finds on this machine."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mcp_servers.sentry_monitor.src.checkup.machine import compared, enough, judged, webhook

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "reason", "warns"),
    [
        ("Wed, 25 Nov 2026 12:00:29 GMT", "", False),
        ("Wed, 25 Nov 2026 12:00:31 GMT", "clock_off", True),
        ("Wed, 25 Nov 2026 11:55:01 GMT", "clock_off", True),
        ("Wed, 25 Nov 2026 11:54:59 GMT", "clock_off", False),
    ],
)
def test_a_clock_is_off_by_half_a_minute_and_wrong_by_five(
    date: str, reason: str, warns: bool
) -> None:
    found = compared(NOON, date)

    assert found is not None
    assert (found.reason, found.warns) == (reason, warns)


def test_the_way_a_clock_is_off_is_told() -> None:
    ahead, behind = (
        compared(NOON, "Wed, 25 Nov 2026 11:59:00 GMT"),
        compared(NOON, "Wed, 25 Nov 2026 12:01:00 GMT"),
    )

    assert "60 s ahead of the server's" in (ahead.told if ahead else "")
    assert "60 s behind the server's" in (behind.told if behind else "")


@pytest.mark.parametrize("date", ["", "soon", "Wed, 99 Nov 2026 12:00:00 GMT"])
def test_a_server_without_a_date_says_nothing_about_the_clock(date: str) -> None:
    assert compared(NOON, date) is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("git version 2.30.0\n", ""),
        ("git version 2.47.1 (Apple Git-154)\n", ""),
        ("git version 2.29.3\n", "git_old"),
        ("git version 1.99\n", "git_old"),
        ("something else", "git_old"),
        ("", "git_missing"),
    ],
)
def test_git_is_there_and_new_enough(said: str, reason: str) -> None:
    found = judged(said)

    assert found.reason == reason
    assert reason == "" or "install" in found.told


def test_a_full_disk_is_told_with_the_variable_that_moves_it() -> None:
    full = enough("work folder", Path("/srv/work"), "SENTRY_WORK_DIR", free=999_999_999)
    roomy = enough("work folder", Path("/srv/work"), "SENTRY_WORK_DIR", free=10**9)

    assert (full.reason, full.warns) == ("disk_low", False)
    assert "SENTRY_WORK_DIR" in full.told
    assert (roomy.reason, roomy.told) == ("", "/srv/work, 1.0 GB free")


def test_whether_a_webhook_secret_is_set_is_told_and_nothing_of_it() -> None:
    assert "is set" in webhook(("hunter2secret",)).told
    assert "hunter2secret" not in webhook(("hunter2secret",)).told
    assert "SENTRY_WEBHOOK_SECRET" in webhook(()).told
