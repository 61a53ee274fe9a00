import pytest

from fakes.tracked import an_issue
from modules.sentry.webhooks import Told
from modules.tracker.rules import AllRules, Ask, BadRules, Rules, asked, concerns, from_tables


@pytest.mark.parametrize(
    ("action", "substatus", "wanted"),
    [
        ("created", "new", Ask.NEW),
        ("unresolved", "regressed", Ask.REGRESSED),
        ("unresolved", "escalating", Ask.ESCALATING),
        ("unresolved", "ongoing", Ask.UNRESOLVED),
        ("resolved", "", Ask.RESOLVED),
        ("assigned", "ongoing", Ask.ASSIGNED),
        ("created", "ongoing", None),
        ("archived", "archived_forever", None),
        ("ignored", "", None),
    ],
)
def test_news_of_an_issue_ask_for_what_the_document_says(
    action: str, substatus: str, wanted: Ask | None
) -> None:
    assert asked(Told(resource="issue", action=action), substatus) == wanted


def test_what_a_poll_finds_counts_as_it_is_by_now() -> None:
    found = Told(resource="poll", action="created")

    assert asked(found, "escalating") == Ask.ESCALATING
    assert asked(found, "ongoing") is None


def test_only_issues_polls_and_metric_alerts_concern_the_tracker() -> None:
    kinds = ("issue", "poll", "metric_alert", "error", "event_alert", "comment", "legacy")

    found = [kind for kind in kinds if concerns(Told(resource=kind, action="created"))]

    assert found == ["issue", "poll", "metric_alert"]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (Rules(), ""),
        (Rules(events=("regressed",)), "event_not_chosen"),
        (Rules(level="fatal"), "below_level"),
        (Rules(level="error"), ""),
        (Rules(environments=("staging",)), "other_environment"),
        (Rules(environments=("production",)), ""),
    ],
)
def test_rules_of_a_project_keep_out_what_it_does_not_want(rules: Rules, why: str) -> None:
    assert rules.why_not(Ask.NEW, level="error", environment="production") == why


def test_a_project_has_its_own_rules_before_those_of_all() -> None:
    table = {
        "defaults": {"tracker": {"level": "warning"}},
        "projects": {
            "api": {"slug": "php-api", "tracker": {"new_issue_on_regression": True}},
            "web": {},
        },
    }

    rules = from_tables(table)

    assert rules.of("php-api") == Rules(level="warning", new_issue_on_regression=True)
    assert rules.of("web") == rules.of("unknown") == Rules(level="warning")


def test_only_the_named_projects_are_tracked() -> None:
    rules = AllRules(only=frozenset({"shop"}))

    assert (rules.of("shop").enabled, rules.of("web").enabled) == (True, False)


def test_a_rule_that_is_none_is_told_by_its_name() -> None:
    with pytest.raises(BadRules, match=r"'web': tracker\.levle"):
        from_tables({"projects": {"web": {"tracker": {"levle": "error"}}}})


def test_assignees_are_found_by_mail_and_by_name() -> None:
    rules = Rules(assignees={"Jo@Acme.example": "jo-gh", "Ada L": "ada"})
    jo = an_issue(assignedTo={"type": "user", "name": "Jo", "email": "jo@acme.example"})
    ada = an_issue(assignedTo={"type": "user", "name": "Ada L", "email": "x@acme.example"})

    assert (rules.assignee(jo), rules.assignee(ada), rules.assignee(an_issue())) == (
        "jo-gh",
        "ada",
        "",
    )
