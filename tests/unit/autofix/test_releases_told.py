"""The release of an event, as a repair keeps it."""

import pytest

from modules.autofix.adapters.sentry_issues import release_told


@pytest.mark.parametrize("release", ["1.2.3.4", "shop@1.2.3.4", "shop@1.2.3+5", "v1/10.0.0.7"])
def test_a_version_of_four_numbers_is_told(release: str) -> None:
    assert release_told(release) == release


@pytest.mark.parametrize("release", ["host=203.0.113.7&a=1", "b'203.0.113.7'", "at 203.0.113.7"])
def test_an_address_in_other_text_is_not(release: str) -> None:
    told = release_told(release)

    assert told is not None
    assert "203.0.113.7" not in told
