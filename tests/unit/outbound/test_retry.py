"""When to try again, as a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.outbound.retry import LONGEST_WAIT_S, RETRY_STATUS, Failure, next_delay_s


def delay(
    failure: Failure, *, attempt: int = 1, attempts: int = 3, write: bool = False, jitter: float = 0
) -> float | None:
    return next_delay_s(failure, attempt=attempt, attempts=attempts, write=write, jitter=jitter)


@pytest.mark.parametrize("status", sorted(RETRY_STATUS))
def test_a_read_that_may_work_later_is_repeated(status: int) -> None:
    assert delay(Failure(status=status, sent=True)) is not None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 501])
def test_a_read_that_will_not_work_later_is_not(status: int) -> None:
    assert delay(Failure(status=status, sent=True)) is None


def test_a_read_without_an_answer_is_repeated() -> None:
    assert delay(Failure(status=None, sent=True)) is not None


@pytest.mark.parametrize("status", [None, 408, 500, 502, 503, 504])
def test_a_write_that_may_have_been_applied_is_never_repeated(status: int | None) -> None:
    assert delay(Failure(status=status, sent=True), write=True) is None


@pytest.mark.parametrize(
    "failure", [Failure(status=None, sent=False), Failure(status=429, sent=True)]
)
def test_a_write_that_cannot_have_been_applied_is_repeated(failure: Failure) -> None:
    assert delay(failure, write=True) is not None


def test_the_last_attempt_is_the_last() -> None:
    refused = Failure(status=429, sent=True)

    assert delay(refused, attempt=2, attempts=3) is not None
    assert delay(refused, attempt=3, attempts=3) is None


def test_waits_double() -> None:
    silent = Failure(status=None, sent=True)

    assert [delay(silent, attempt=n, attempts=9) for n in (1, 2, 3)] == [0.25, 0.5, 1.0]


def test_what_the_server_asks_for_is_kept() -> None:
    assert delay(Failure(status=429, sent=True, wait_s=7)) == 7
    assert delay(Failure(status=429, sent=True, wait_s=0)) == 0


def test_nobody_waits_for_longer_than_a_minute() -> None:
    assert delay(Failure(status=429, sent=True, wait_s=61)) is None


@given(
    status=st.sampled_from([None, 200, 404, 429, 500, 503]),
    sent=st.booleans(),
    wait_s=st.none() | st.floats(0, 1e9),
    attempt=st.integers(1, 60),
    attempts=st.integers(1, 60),
    write=st.booleans(),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_a_delay_is_never_negative_nor_endless(
    *,
    status: int | None,
    sent: bool,
    wait_s: float | None,
    attempt: int,
    attempts: int,
    write: bool,
    jitter: float,
) -> None:
    failure = Failure(status=status, sent=sent, wait_s=wait_s)

    found = next_delay_s(failure, attempt=attempt, attempts=attempts, write=write, jitter=jitter)

    assert found is None or 0 <= found <= LONGEST_WAIT_S
    assert attempt < attempts or found is None
