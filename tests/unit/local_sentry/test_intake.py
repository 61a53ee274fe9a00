from collections.abc import Callable
from typing import Any

import pytest

from modules.local_sentry.errors import BadEnvelope
from modules.local_sentry.intake import read_report
from modules.local_sentry.models import Report

Build = Callable[..., dict[str, Any]]
NOW = 1_786_000_000.0
ID = "a" * 32


def read(event: dict[str, Any]) -> Report:
    return read_report(event, event_id=ID, project_id=1, now=NOW)


def test_the_past_counts_and_the_future_does_not() -> None:
    assert read({"timestamp": NOW - 3600}).at == NOW - 3600
    assert read({"timestamp": NOW + 3600}).at == NOW
    assert read({"timestamp": "1970-01-02T00:00:00Z"}).at == 86400


def test_tags_are_gathered_from_all_over(an_error: Build) -> None:
    event = an_error(
        handled=False,
        tags=[["shop", "west"], ["empty", ""]],
        user={"id": 7, "email": "jane@acme.example"},
        contexts={"runtime": {"name": "CPython", "version": "3.11"}},
        release="shop@1",
    )

    tags = dict(read(event).tags)

    assert tags["shop"] == "west"
    assert (tags["user"], tags["handled"], tags["level"]) == ("id:7", "no", "error")
    assert (tags["runtime"], tags["release"]) == ("CPython 3.11", "shop@1")
    assert "empty" not in tags


def test_a_message_has_the_level_info() -> None:
    assert (read({"message": "hi"}).level, read({"message": "hi"}).type) == ("info", "default")


def test_an_unknown_level_is_an_error() -> None:
    assert read({"level": "catastrophe"}).level == "error"


def test_an_event_id_with_dashes_is_understood() -> None:
    assert read({"event_id": "AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}).event_id == ID


def test_an_event_id_of_another_kind_is_refused() -> None:
    with pytest.raises(BadEnvelope):
        read({"event_id": "seventeen"})
