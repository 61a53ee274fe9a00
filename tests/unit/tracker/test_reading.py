"""What of a delivery is kept for the tracker."""

import pytest

from fakes.tracked import AT, an_issue
from modules.sentry.webhooks import Told
from modules.tracker.reading import Heard, at_home, incident_of
from modules.tracker.tracked import ALERT

FINE = "https://sentry.example/organizations/acme/issues/7/"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (FINE, "sentry.example"),
        ("http://127.0.0.1:9000/organizations/acme/issues/7/", "127.0.0.1:9000"),
        ("https://acme.sentry.io/issues/7/", "sentry.io"),
    ],
)
def test_a_link_to_the_pages_of_sentry_is_kept(url: str, host: str) -> None:
    assert at_home(an_issue(permalink=url), host).permalink == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/organizations/acme/issues/7/",
        "https://sentry.example.evil.example/issues/7/",
        "https://sentry.example@evil.example/",
        "javascript:alert(1)",
        f"{FINE}) @everyone",
        f"{FINE}\ud800",  # which no database takes
        "https://[sentry.example/",
        "",
    ],
)
def test_any_other_link_is_left_out(url: str) -> None:
    assert at_home(an_issue(permalink=url), "sentry.example").permalink == ""


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://sentry.example/alerts/1/", "https://sentry.example/alerts/1/"),
        ("https://evil.example/alerts/1/", ""),
        ("https://sentry.example/\udc00", ""),
    ],
)
def test_of_an_alert_the_same(url: str, kept: str) -> None:
    told = Told(resource="metric_alert", action="critical", project="shop")
    data = {"web_url": url, "description_title": "Error rate"}
    said = Heard(told=told, source=ALERT, external_id="3", at=AT, alert=data)

    one = incident_of(said, "sentry.example/acme/alert-3", tracked_id="a", tracker="builtin")

    assert one.external_url == kept
    assert ("View in Sentry" in one.body) is bool(kept)
