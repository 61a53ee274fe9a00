"""Why a trial did not arrive."""

import pytest

from modules.telemetry.trial import why_missing

ELSEWHERE = "SENTRY_DSN sends to a.example, and SENTRY_URL is https://b.example"


@pytest.mark.parametrize(("filtered", "dropped"), [(0, 0), (3, 0), (0, 3)])
def test_that_it_is_looked_for_elsewhere_is_told_whatever_else_was(
    filtered: int, dropped: int
) -> None:
    error = why_missing(
        ["test error"], waited_s=1, filtered=filtered, dropped=dropped, elsewhere=ELSEWHERE
    )

    assert ELSEWHERE in error.message
    assert error.recovery_suggestion
