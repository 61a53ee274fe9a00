"""Why a trial did not arrive."""

import pytest

from modules.telemetry.trial import NotDelivered, Sent, check_delivered, why_missing

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


@pytest.mark.parametrize(
    ("waited_s", "said"), [(1, "within 1 second,"), (2.0, "within 2 seconds,")]
)
def test_the_time_that_it_had_is_told(waited_s: float, said: str) -> None:
    error = why_missing(["test error"], waited_s=waited_s, filtered=0, dropped=0)

    assert said in error.message


def test_what_is_too_large_may_be_so_for_sentry_as_well() -> None:
    with pytest.raises(NotDelivered) as caught:
        check_delivered(Sent((), ("status_413",)), host="sentry.example")

    assert "the proxy before Sentry" in str(caught.value.recovery_suggestion)
    assert "Sentry's own limit" in str(caught.value.recovery_suggestion)
