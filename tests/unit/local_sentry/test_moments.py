import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.local_sentry.errors import BadRequest
from modules.local_sentry.moments import iso, moment, span_s, window


@given(st.integers(0, 4_000_000_000))
def test_a_moment_written_is_read_again(seconds: int) -> None:
    assert moment(iso(seconds)) == seconds


@given(st.text() | st.floats() | st.integers() | st.none())
def test_anything_is_a_moment_or_none(value: object) -> None:
    found = moment(value)

    assert found is None or isinstance(found, float)


def test_a_time_without_zone_is_utc() -> None:
    assert moment("1970-01-01T01:00:00") == moment("1970-01-01T02:00:00+01:00") == 3600


@pytest.mark.parametrize(("text", "seconds"), [("24h", 86400), ("2w", 1209600), ("x", None)])
def test_spans_are_read(text: str, seconds: int | None) -> None:
    assert span_s(text) == seconds


def test_a_window_is_ninety_days_unless_told() -> None:
    assert window(None, None, None, now=1e9) == (1e9 - 90 * 86400, 1e9)


@pytest.mark.parametrize("asked", [("x", None, None), (None, "2026-01-01", None)])
def test_half_a_window_is_refused(asked: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(BadRequest):
        window(*asked, now=1e9)
