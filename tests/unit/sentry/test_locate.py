"""Every form in which people name an issue."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.sentry.errors import ForeignHost, NotAReference
from modules.sentry.locate import IssueRef, locate_event, locate_issue, same_server

SAAS = "https://sentry.io"
OWN = "https://sentry.example.com"
EVENT = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"

FORMS: list[tuple[str, str, IssueRef]] = [
    (SAAS, "4815162342", IssueRef("4815162342")),
    (SAAS, "  42\n", IssueRef("42")),
    (SAAS, "SHOP-1A", IssueRef("SHOP-1A")),
    (SAAS, "shop-1a", IssueRef("SHOP-1A")),
    (SAAS, "my-long-project-2B", IssueRef("MY-LONG-PROJECT-2B")),
    (SAAS, "https://acme.sentry.io/issues/42/", IssueRef("42", "acme")),
    (SAAS, "https://acme.sentry.io/issues/42", IssueRef("42", "acme")),
    (SAAS, "https://acme.sentry.io/issues/SHOP-1A/?project=1&statsPeriod=14d#x", IssueRef("SHOP-1A", "acme")),
    (SAAS, f"https://acme.sentry.io/issues/42/events/{EVENT}/", IssueRef("42", "acme", EVENT)),
    (SAAS, f"https://acme.sentry.io/issues/42/events/{DASHED}/", IssueRef("42", "acme", EVENT)),
    (SAAS, "https://acme.sentry.io/issues/42/events/latest/", IssueRef("42", "acme", "latest")),
    (SAAS, "https://acme.sentry.io/issues/42/events/", IssueRef("42", "acme")),
    (SAAS, "https://sentry.io/organizations/acme/issues/42/", IssueRef("42", "acme")),
    (SAAS, f"https://sentry.io/organizations/acme/issues/42/events/{EVENT}/", IssueRef("42", "acme", EVENT)),
    (SAAS, "https://sentry.io/acme/shop/issues/42/", IssueRef("42", "acme")),
    (SAAS, "https://sentry.io/acme/shop/issues/42/events/oldest/", IssueRef("42", "acme", "oldest")),
    (SAAS, "https://sentry.io/acme/issues/42", IssueRef("42", "acme")),
    (SAAS, "https://us.sentry.io/acme/issues/42", IssueRef("42", "acme")),
    (SAAS, "https://us.sentry.io/issues/42/", IssueRef("42")),
    (SAAS, "https://us2.sentry.io/issues/42/", IssueRef("42")),
    (SAAS, "https://de.sentry.io/issues/42/", IssueRef("42")),
    (SAAS, "https://www.sentry.io/issues/42/", IssueRef("42")),
    (SAAS, "https://us.sentry.io/api/0/organizations/acme/issues/42/", IssueRef("42", "acme")),
    (SAAS, "https://us.sentry.io/api/0/issues/42/", IssueRef("42")),
    ("https://us.sentry.io", "https://acme.sentry.io/issues/42/", IssueRef("42", "acme")),
    (OWN, "https://sentry.example.com/organizations/acme/issues/42/", IssueRef("42", "acme")),
    (OWN, "https://sentry.example.com/issues/42/", IssueRef("42")),
    (OWN, "HTTPS://Sentry.Example.COM/issues/shop-1a/", IssueRef("SHOP-1A")),
    ("https://example.com/sentry", "https://example.com/sentry/organizations/acme/issues/42/", IssueRef("42", "acme")),
    ("http://127.0.0.1:9000", "http://127.0.0.1:9000/organizations/acme/issues/42/", IssueRef("42", "acme")),
    ("https://gt.example.com", "https://gt.example.com/acme/issues/42", IssueRef("42", likely_org="acme")),
    (SAAS, f"https://acme.sentry.io/share/issue/{EVENT}/", IssueRef(EVENT, "acme", shared=True)),
    (SAAS, f"https://acme.sentry.io/share/issue/{EVENT.upper()}", IssueRef(EVENT, "acme", shared=True)),
    (OWN, f"https://sentry.example.com/share/issue/{EVENT}/", IssueRef(EVENT, shared=True)),
    (SAAS, "https://acme.sentry.io/feedback/?feedbackSlug=shop%3A42&project=1", IssueRef("42", "acme")),
    (SAAS, "https://sentry.io/organizations/acme/feedback/?feedbackSlug=shop:42", IssueRef("42", "acme")),
]  # fmt: skip
TABS = (
    "activity",
    "replays",
    "tags",
    "feedback",
    "attachments",
    "similar",
    "merged",
    "distributions",
)

NO_ISSUES = [
    "", " ", "-1", "1.5", "SHOP", "SHOP-", "-1A", "SHOP 1", "a/b", "../1", "#42", "\u0664\u0662", "\u00b2",
    EVENT, DASHED, "1" * 21, "SHOP-1A?x", "<script>", "SHOP-\u06611",
    "https://acme.sentry.io/", "https://acme.sentry.io/issues/", "https://acme.sentry.io/projects/shop/",
    "https://acme.sentry.io/issues/not an id/", "https://acme.sentry.io/issues/..%2F..%2Fx/",
    "https://acme.sentry.io/issues/%D9%A4/",
    "https://acme.sentry.io/issues/42/events/not-an-event/",
    "https://acme.sentry.io/share/issue/short/", "https://acme.sentry.io/feedback/?feedbackSlug=shop",
    "https://acme.sentry.io/explore/traces/trace/0123456789abcdef0123456789abcdef/",
    "ftp://acme.sentry.io/issues/42/", "javascript://acme.sentry.io/issues/42/", "https://[::1/issues/42/",
    "https://user:word@acme.sentry.io/issues/42/", "https://user@acme.sentry.io/issues/42/",
    "https://acme.sentry.io:99999/issues/42/", "https://acme.sentry.io:x/issues/42/",
]  # fmt: skip

FOREIGN = [
    (SAAS, "https://sentry.example.com/issues/42/"),
    (SAAS, "https://evilsentry.io/issues/42/"),
    (SAAS, "https://acme.sentry.io.example.com/issues/42/"),
    (SAAS, "https://sentry.io./issues/42/"),
    (OWN, "https://acme.sentry.io/issues/42/"),
    (OWN, "https://sentry.example.com:8443/issues/42/"),
    (OWN, "https://other.example.com/issues/42/"),
    (OWN, "https:///issues/42/"),
    ("http://127.0.0.1:9000", "http://127.0.0.1:9001/issues/42/"),
]


@pytest.mark.parametrize(("base_url", "given", "ref"), FORMS, ids=range(len(FORMS)))
def test_an_issue_is_found_in_every_form(base_url: str, given: str, ref: IssueRef) -> None:
    assert locate_issue(given, base_url=base_url) == ref


@pytest.mark.parametrize("tab", TABS)
def test_the_tabs_of_an_issue_name_the_issue(tab: str) -> None:
    given = f"https://acme.sentry.io/issues/42/{tab}/"

    assert locate_issue(given, base_url=SAAS) == IssueRef("42", "acme")


@pytest.mark.parametrize("given", NO_ISSUES, ids=range(len(NO_ISSUES)))
def test_what_names_no_issue_is_refused_without_being_repeated(given: str) -> None:
    with pytest.raises(NotAReference) as caught:
        locate_issue(given, base_url=SAAS)

    assert caught.value.recovery_suggestion
    if len(given) > 5:
        assert given not in str(caught.value.detail())


@pytest.mark.parametrize(("base_url", "given"), FOREIGN, ids=range(len(FOREIGN)))
def test_a_url_of_another_server_is_refused(base_url: str, given: str) -> None:
    with pytest.raises(ForeignHost) as caught:
        locate_issue(given, base_url=base_url)

    assert "SENTRY_URL" in str(caught.value.recovery_suggestion)


@pytest.mark.parametrize(
    ("given", "event"),
    [
        (EVENT, EVENT),
        (EVENT.upper(), EVENT),
        (DASHED, EVENT),
        ("latest", "latest"),
        (" Oldest ", "oldest"),
        ("RECOMMENDED", "recommended"),
    ],
)
def test_an_event_is_hex_or_an_alias(given: str, event: str) -> None:
    assert locate_event(given) == event


@pytest.mark.parametrize("given", ["", "newest", EVENT[:-1], EVENT + "0", "../x", "g" * 32])
def test_what_names_no_event_is_refused(given: str) -> None:
    with pytest.raises(NotAReference, match="names no event"):
        locate_event(given)


NUMBER = st.integers(1, 10**18).map(str)
SLUG = st.from_regex(r"[a-z][a-z0-9_-]{0,20}[a-z0-9]", fullmatch=True)
SUFFIX = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=6)
SHORT = st.builds(lambda slug, suffix: f"{slug.upper()}-{suffix}", SLUG, SUFFIX)
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
NAMED = NUMBER | SHORT


@given(NAMED, SLUG.filter(lambda org: org != "issues"), st.none() | HEX)
def test_what_is_put_into_a_url_comes_out_of_it(name: str, org: str, event: str | None) -> None:
    tail = f"events/{event}/" if event else ""

    for root, base_url in (
        (f"{OWN}/organizations/{org}", OWN),
        (f"{SAAS}/organizations/{org}", SAAS),
        (f"{SAAS}/{org}/shop", SAAS),
    ):
        found = locate_issue(f"{root}/issues/{name}/{tail}", base_url=base_url)

        assert found == IssueRef(name, org, event)


@given(SHORT)
def test_a_short_id_is_the_same_in_any_case(short: str) -> None:
    assert locate_issue(short.lower(), base_url=SAAS) == locate_issue(short, base_url=SAAS)


@given(
    st.text(max_size=60) | st.text(max_size=40).map(lambda text: f"https://acme.sentry.io/{text}")
)
def test_any_text_is_a_reference_or_refused(given: str) -> None:
    with contextlib.suppress(NotAReference, ForeignHost):
        found = locate_issue(given, base_url=SAAS)

        assert found.id.isascii()
        assert found.id.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("host", "base_url", "same"),
    [
        ("sentry.io", SAAS, True),
        ("acme.sentry.io", SAAS, True),
        ("us.sentry.io", "https://de.sentry.io", True),
        ("evilsentry.io", SAAS, False),
        ("sentry.io.example.com", SAAS, False),
        ("sentry.example.com", OWN, True),
        ("a.sentry.example.com", OWN, False),
        ("", OWN, False),
    ],
)
def test_a_server_is_its_own_host_or_below_sentrys(host: str, base_url: str, same: bool) -> None:
    assert same_server(host, base_url) is same
