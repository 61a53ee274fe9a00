"""Applications with the real SDK put secrets into every channel; what arrives is searched, to the
byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.recorder import recording
from fakes.reporting_apps import behind, run

from .forms import every_form
from .sweep import Tally

FORMS = list({one.kind: one for one in every_form()}.values())  # one of each kind


@pytest.mark.parametrize(
    ("app", "share"), [("starlette_app.py", 0), ("flask_app.py", 1), ("celery_app.py", 0)]
)
def test_of_over_sixty_kinds_in_every_channel_none_arrives(
    app: str, share: int, sentry_process: dict[str, Any], tmp_path: Path
) -> None:
    forms = FORMS[share::2]
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps([one.text for one in forms]))
    dsn = sentry_process["projects"]["shop"]["dsn"]
    with recording(sentry_process["url"]) as wire:
        run(app, secrets, SENTRY_DSN=behind(dsn, wire.url), SENTRY_RELEASE="shop@1")

    assert len({one.kind for one in forms}) >= 60
    assert len(wire.of("event")) >= 4 * len(forms)
    assert len(wire.of("transaction")) >= len(forms)
    assert sum(len(batch["items"]) for batch in wire.of("log")) >= len(forms)
    assert sum(len(batch["items"]) for batch in wire.of("trace_metric")) >= len(forms)
    assert wire.of("attachment") == []
    tally = Tally()
    tally.look(app, wire.text, [("any channel", one) for one in forms])
    assert dict(tally.leaks) == {}


def test_the_search_would_see_a_secret_that_arrives(tmp_path: Path) -> None:
    """Its control: an application that sets the SDK up without us."""
    one = FORMS[0]
    with recording() as wire:
        run("bare_app.py", one.text, SENTRY_DSN=behind(f"http://{'a' * 32}@x/1", wire.url))

    tally = Tally()
    tally.look("bare", wire.text, [("any channel", one)])
    assert sum(tally.leaks.values()) == 1


def test_what_only_its_surroundings_tell_does_not_arrive_either() -> None:
    with recording() as wire:
        done = run("named_app.py", SENTRY_DSN=behind(f"http://{'a' * 32}@x/1", wire.url))

    told = json.loads(done.stdout)
    assert len(told["words"]) >= 25
    assert len(wire.of("event")) >= 9
    assert [place for place, word in told["words"].items() if word in wire.text] == []
    assert [one["logentry"]["formatted"] for one in wire.of("event") if "logentry" in one] == [
        "cfg [redacted:password] of eu",
        "failed",
        *[one for one in map(_formatted, wire.of("event")) if one.startswith("errors: ")],
    ]
    assert told["agent"] in [one.get("message") for one in wire.of("event")]


def _formatted(event: dict[str, Any]) -> str:
    return str(event.get("logentry", {}).get("formatted", ""))
