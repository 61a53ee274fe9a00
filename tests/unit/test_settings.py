"""Settings from an environment."""

import pytest

from mcp_servers.sentry_monitor.src.arrangements import secrets_of
from mcp_servers.sentry_monitor.src.setting_values import KINDS
from mcp_servers.sentry_monitor.src.settings import BadSettings, Settings
from modules.autofix.notices import Kind

TOKEN = "a-token-of-some-length"


@pytest.mark.parametrize("name", ["SENTRY_AUTH_TOKEN", "SENTRY_ACCESS_TOKEN", "SENTRY_TOKEN"])
def test_the_token_has_three_names(name: str) -> None:
    settings = Settings.from_environ({name: TOKEN})

    assert settings.auth_token is not None
    assert settings.auth_token.get_secret_value() == TOKEN


def test_the_documented_name_wins_over_its_aliases() -> None:
    settings = Settings.from_environ({"SENTRY_ORG": "old", "SENTRY_ORG_SLUG": "new"})

    assert settings.org == "new"


def test_nothing_set_gives_the_documented_defaults() -> None:
    settings = Settings.from_environ({})

    assert (settings.url, settings.timeout_s, settings.retry_attempts) == (
        "https://sentry.io",
        30,
        3,
    )
    assert settings.auth_token is None


def test_an_empty_variable_counts_as_not_set() -> None:
    assert (
        Settings.from_environ({"SENTRY_URL": " ", "SENTRY_TIMEOUT": ""}).url == "https://sentry.io"
    )


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("sentry.example.com", "https://sentry.example.com"),
        ("https://sentry.example.com/", "https://sentry.example.com"),
        ("https://sentry.example.com/api/0/", "https://sentry.example.com"),
        ("https://example.com/sentry/api/0", "https://example.com/sentry"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_a_url_may_be_a_bare_host_or_an_api_root(given: str, url: str) -> None:
    assert Settings.from_environ({"SENTRY_HOST": given}).url == url


def test_the_token_is_in_no_repr() -> None:
    settings = Settings.from_environ({"SENTRY_AUTH_TOKEN": TOKEN})

    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings.model_dump())


def test_every_problem_is_told_at_once_and_no_value_repeated() -> None:
    environ = {
        "SENTRY_URL": "ftp://leaky.example",
        "SENTRY_TIMEOUT": "soon-1234",
        "SENTRY_RETRY_ATTEMPTS": "99",
        "SENTRY_ORG_SLUG": "no slug!",
        "SENTRY_AUTH_TOKEN": "with a blank",
    }

    with pytest.raises(BadSettings) as caught:
        Settings.from_environ(environ)

    text = caught.value.detail().model_dump_json()
    assert all(name in text for name in environ)
    assert not any(value in text for value in environ.values() if value != "99")


def test_plain_http_beyond_this_machine_needs_a_word() -> None:
    with pytest.raises(BadSettings, match="SENTRY_ALLOW_HTTP=1"):
        Settings.from_environ({"SENTRY_URL": "http://sentry.corp"})

    allowed = {"SENTRY_URL": "http://sentry.corp", "SENTRY_ALLOW_HTTP": "1"}
    assert Settings.from_environ(allowed).url == "http://sentry.corp"


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://user:pw@host",
        "https://[::1",
        "https://h?x=1",
        "banana",
        "banana:9000/x",
    ],
)
def test_what_is_no_url_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="SENTRY_URL"):
        Settings.from_environ({"SENTRY_URL": url})


def test_problems_are_counted_in_words() -> None:
    with pytest.raises(BadSettings, match=r"^1 setting cannot be used: "):
        Settings.from_environ({"SENTRY_URL": "banana"})
    with pytest.raises(BadSettings, match=r"^2 settings cannot be used: "):
        Settings.from_environ({"SENTRY_URL": "banana", "SENTRY_TIMEOUT": "0"})


@pytest.mark.parametrize("length", [4, 31])
def test_a_bearer_token_that_can_be_guessed_is_refused(length: int) -> None:
    with pytest.raises(BadSettings, match="32 characters or more"):
        Settings.from_environ({"SENTRY_MONITOR_HTTP_TOKEN": "x" * length})


def test_personal_data_is_shown_only_by_name() -> None:
    shown = Settings.from_environ({"SENTRY_SHOW_PERSONAL_DATA": "email, IP"}).show_personal

    assert shown == {"email", "ip"}
    with pytest.raises(BadSettings, match="email, ip"):
        Settings.from_environ({"SENTRY_SHOW_PERSONAL_DATA": "all"})


def test_an_organization_token_is_known_by_its_prefix() -> None:
    assert Settings.from_environ({"SENTRY_AUTH_TOKEN": "sntrys_" + "x" * 30}).org_token
    assert not Settings.from_environ({"SENTRY_AUTH_TOKEN": TOKEN}).org_token


@pytest.mark.parametrize(
    "url",
    [
        "https://:secret-word@sentry.example.com",
        "https://user@sentry.example.com",
        "https://sentry.example.com#x",
        "https://sentry.example.com?",
        "https://sentry.example.com\\@evil.example",
        "https://sentry.exämple.com",
        "https://-sentry.example.com",
        "https://sen try.example.com",
        "https://",
        "https://[::1",
        "ftp://sentry.example.com",
    ],
)
def test_a_url_is_a_scheme_a_host_and_a_path_and_nothing_else(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.from_environ({"SENTRY_URL": url})

    assert "secret-word" not in str(caught.value.detail())


@pytest.mark.parametrize("url", ["http://[::1]:9000", "https://sentry", "https://s_1.example.com"])
def test_hosts_of_every_kind_are_taken(url: str) -> None:
    assert Settings.from_environ({"SENTRY_URL": url}).url == url


HOOK = "https://hooks.slack.com/services/T0/B0/abcdefghijklmnop"


def test_secrets_of_notifications_are_in_no_repr() -> None:
    settings = Settings.from_environ(
        {
            "SLACK_WEBHOOK_URL": HOOK,
            "SLACK_BOT_TOKEN": "xoxb-word-for-tests",
            "SENTRY_FIXER_NOTIFY_URLS": "discord://123/hook-word, mailto://me:pw-word@host",
        }
    )

    shown = repr(settings) + str(settings.model_dump())
    assert not any(word in shown for word in ("abcdefghijklmnop", "xoxb", "hook-word", "pw-word"))
    assert settings.notify_urls is not None
    assert settings.notify_urls.get_secret_value().count(",") == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com.evil.example/services/T0/B0/x",
        "https://evil.example/services/T0/B0/x",
        "https://user:pw@hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com?x=1",
        "https://[::1",
        "hooks.slack.com/services/T0/B0/x",
    ],
)
def test_a_webhook_of_another_host_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(BadSettings, match="SLACK_WEBHOOK_URL") as caught:
        Settings.from_environ({"SLACK_WEBHOOK_URL": url})

    assert url not in str(caught.value.detail())


@pytest.mark.parametrize(
    "environ",
    [
        {"SLACK_WEBHOOK_URL": HOOK},
        {"SLACK_WEBHOOK_URL": "http://127.0.0.1:8080/services/T0/B0/x"},
        {
            "SLACK_WEBHOOK_URL": "https://chat.corp.example/hooks/x",
            "SLACK_API_URL": "https://chat.corp.example/api/",
        },
    ],
)
def test_a_webhook_may_go_to_slack_to_this_machine_or_to_the_named_host(
    environ: dict[str, str],
) -> None:
    assert Settings.from_environ(environ).slack_webhook is not None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SLACK_API_URL", "http://slack.com/api"),
        ("SLACK_API_URL", "https://slack.com/api?x=1"),
        ("SLACK_CHANNEL_ID", "two words"),
        ("SENTRY_FIXER_NOTIFY", "everything"),
        ("SENTRY_FIXER_NOTIFY_URLS", "no url"),
    ],
)
def test_settings_of_notifications_that_cannot_be_used_are_named(variable: str, value: str) -> None:
    with pytest.raises(BadSettings, match=variable) as caught:
        Settings.from_environ({variable: value})

    assert value not in str(caught.value.detail())


def test_what_is_told_can_be_chosen_and_switched_off() -> None:
    def kinds(given: str) -> tuple[str, ...]:
        return Settings.from_environ({"SENTRY_FIXER_NOTIFY": given}).notify_kinds

    assert Settings.from_environ({}).notify_kinds == ("pr_created", "failed", "waiting")
    assert kinds("failed, Declined") == ("failed", "declined")
    assert kinds("none") == ()
    assert set(KINDS) | {"test"} == set(Kind)


def test_secrets_of_notifications_may_be_in_no_diff() -> None:
    known = secrets_of(
        Settings.from_environ(
            {
                "SLACK_WEBHOOK_URL": f"{HOOK}qrstuvwx",
                "SLACK_BOT_TOKEN": "xoxb-word-for-tests",
                "SENTRY_FIXER_NOTIFY_URLS": "json://a/b,mailto://me:pw%2Bword@host",
                "SENTRY_DATABASE_URL": "postgresql://u:db-word@host/jobs",
            }
        )
    )

    assert {
        "xoxb-word-for-tests", "abcdefghijklmnopqrstuvwx", "pw+word", "db-word", "json://a/b",
    } <= set(known)  # fmt: skip


PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"


def test_a_login_for_github_is_read_and_shown_to_nobody() -> None:
    environ = {
        "GITHUB_TOKEN": "ghp_" + "a" * 36,
        "GITHUB_APP_ID": "12",
        "GITHUB_APP_PRIVATE_KEY": PEM.replace("\n", "\\n"),
        "GITHUB_APP_INSTALLATION_ID": "123456789",
        "GITHUB_API_URL": "https://ghe.example.com/api/v3/",
    }

    settings = Settings.from_environ(environ)

    assert settings.github_app_key is not None
    assert settings.github_app_key.get_secret_value() == PEM
    assert settings.github_app_installation == 123456789
    assert settings.github_api_url == "https://ghe.example.com/api/v3"
    assert "abc" not in repr(settings)
    assert "ghp_" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"GITHUB_TOKEN": "a b"}, "GITHUB_TOKEN"),
        ({"GITHUB_APP_ID": "12"}, "GITHUB_APP_PRIVATE_KEY"),
        ({"GITHUB_APP_PRIVATE_KEY": PEM}, "GITHUB_APP_ID"),
        ({"GITHUB_APP_ID": "12", "GITHUB_APP_PRIVATE_KEY": "abc"}, "PEM"),
        ({"GITHUB_API_URL": "http://ghe.example.com/api/v3"}, "GITHUB_API_URL"),
        ({"GITHUB_API_URL": "https://x@ghe.example.com"}, "GITHUB_API_URL"),
        ({"GITHUB_API_URL": "ghe.example.com"}, "GITHUB_API_URL"),
        ({"GITHUB_APP_INSTALLATION_ID": "x"}, "GITHUB_APP_INSTALLATION_ID"),
    ],
)
def test_a_login_for_github_that_cannot_be_used_is_told(
    environ: dict[str, str], named: str
) -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.from_environ(environ)

    assert named in caught.value.message


JIRA = {
    "JIRA_URL": "https://acme.atlassian.net/",
    "JIRA_EMAIL": "bot@acme.example",
    "JIRA_API_TOKEN": TOKEN,
    "JIRA_PROJECT": "ops",
}


def test_trackers_are_read_and_their_secrets_are_in_no_repr() -> None:
    settings = Settings.from_environ(
        {**JIRA, "GITHUB_REPO": "acme/shop", "LINEAR_API_KEY": TOKEN, "LINEAR_TEAM": "OPS"}
    )

    assert (settings.jira_url, settings.jira_project) == ("https://acme.atlassian.net", "OPS")
    assert (settings.github_repo, settings.jira_issue_type) == ("acme/shop", "Task")
    assert TOKEN not in repr(settings)


def test_secrets_of_trackers_may_be_in_no_diff() -> None:
    known = secrets_of(
        Settings.from_environ(
            {**JIRA, "LINEAR_API_KEY": "a-key-of-linear-here", "LINEAR_TEAM": "OPS"}
        )
    )

    assert {TOKEN, "a-key-of-linear-here"} <= set(known)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"GITHUB_REPO": "https://github.com/acme/shop"}, "GITHUB_REPO must look like owner/name"),
        ({"LINEAR_API_KEY": TOKEN}, "LINEAR_API_KEY needs LINEAR_TEAM"),
        ({"LINEAR_API_KEY": TOKEN, "LINEAR_TEAM": "OPS-5"}, "LINEAR_TEAM must be a key"),
        ({**JIRA, "JIRA_EMAIL": ""}, "JIRA_URL needs JIRA_EMAIL"),
        ({**JIRA, "JIRA_EMAIL": "bot"}, "JIRA_EMAIL must be an e-mail address"),
        ({**JIRA, "JIRA_URL": "http://acme.atlassian.net"}, "JIRA_URL must look like https://"),
        ({**JIRA, "JIRA_URL": "https://acme.atlassian.net/wiki"}, "JIRA_URL must look like"),
        ({**JIRA, "JIRA_PROJECT": 'OPS" OR 1'}, "JIRA_PROJECT must be a key"),
    ],
)
def test_what_is_wrong_with_a_tracker_is_told(environ: dict[str, str], told: str) -> None:
    with pytest.raises(BadSettings, match=told) as caught:
        Settings.from_environ(environ)

    assert TOKEN not in str(caught.value)


def test_how_seldom_statistics_may_be_read_is_told_where_the_setting_is_described() -> None:
    with pytest.raises(BadSettings, match="10000 milliseconds or more"):
        Settings.from_environ({"SENTRY_STATISTICS_INTERVAL_MS": "5000"})
    described = str(Settings.model_fields["statistics_interval_ms"].description)
    assert "10000 or more" in described
