"""The proxy that the environment names."""

import pytest

from modules.framework.contracts import Category
from modules.outbound.errors import BadProxy
from modules.outbound.http_client import HttpClient, proxy_for
from modules.outbound.messages import Rules

NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({}, "https://sentry.io", None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://sentry.io", "http://proxy:3128"),
        ({"HTTPS_PROXY": "proxy:3128"}, "https://sentry.io", "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "https://sentry.io", None),
        ({"ALL_PROXY": "http://proxy:3128"}, "https://sentry.io", "http://proxy:3128"),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "sentry.io"}, "https://sentry.io", None),
        ({"ALL_PROXY": "http://a:1", "NO_PROXY": "*"}, "https://sentry.io", None),
        ({"ALL_PROXY": "http://a:1"}, "http://127.0.0.1:9000", None),
        ({"ALL_PROXY": "http://a:1"}, "http://localhost:9000", None),
    ],
)
def test_a_proxy_is_used_where_the_environment_names_one(
    environ: dict[str, str], url: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    found = proxy_for(url)

    assert (str(found.url) if found else None) == proxy


@pytest.mark.parametrize("value", ["socks5h://proxy:1", "ftp://secret-word@x", "http://proxy:x"])
def test_a_proxy_that_cannot_be_used_is_a_setting_to_correct(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)

    with pytest.raises(BadProxy) as caught:
        HttpClient("https://sentry.io", headers={}, rules=Rules())

    assert caught.value.category is Category.CONFIGURATION
    assert "ALL_PROXY" in str(caught.value.recovery_suggestion)
    assert "secret-word" not in str(caught.value.detail())
