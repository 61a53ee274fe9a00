"""A file of alert rules: what it may say, and how it is told what it may not."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from modules.telemetry.adapters.rule_reader import rules_in
from modules.telemetry.alerting.errors import BadAlertRules
from modules.telemetry.alerting.rule_file import built_in, read_rules
from modules.telemetry.alerting.rules import ErrorRate, Frequency, NewIssue, title_of


def test_without_a_file_there_are_five_rules_that_mail_the_owners() -> None:
    rules = built_in()

    assert list(rules.rules) == ["burst", "sustained", "error-rate", "new-errors", "regressions"]
    assert all(one.channels == ("owners",) for one in rules.rules.values())


def test_the_built_in_rules_are_ten_errors_a_minute_new_errors_and_regressions() -> None:
    rules = built_in().rules

    burst, sustained, rate = rules["burst"], rules["sustained"], rules["error-rate"]
    assert isinstance(burst, Frequency)
    assert (burst.more_than, burst.within) == (50, "5m")
    assert isinstance(sustained, Frequency)
    assert (sustained.more_than, sustained.within) == (600, "1h")
    assert isinstance(rate, ErrorRate)
    assert (rate.per_minute, rate.over_minutes) == (10, 1)
    assert isinstance(rules["new-errors"], NewIssue)
    assert title_of(rules["regressions"]) == "Regression of a resolved error"


def test_a_rule_takes_every_channel_where_it_names_none() -> None:
    rules = read_rules(
        {
            "channels": {
                "ops": {"type": "slack", "workspace": "acme", "channel": "#ops"},
                "hook": {"type": "webhook"},
            },
            "rules": {"new-errors": {"channels": ["hook"]}},
        }
    )

    assert rules.rules["burst"].channels == ("ops", "hook")
    assert rules.rules["new-errors"].channels == ("hook",)


def test_a_table_changes_single_fields_of_a_built_in_rule() -> None:
    rules = read_rules({"rules": {"burst": {"more_than": 5}}})

    burst = rules.rules["burst"]
    assert isinstance(burst, Frequency)
    assert (burst.more_than, burst.within) == (5, "5m")


def test_built_in_rules_can_be_chosen_or_left_out() -> None:
    own = {"quiet": {"when": "new_issue", "level": "fatal"}}

    assert list(read_rules({"built_in": False, "rules": own}).rules) == ["quiet"]
    assert list(read_rules({"built_in": ["burst"], "rules": own}).rules) == ["burst", "quiet"]


def test_defaults_reach_the_rules_that_have_such_a_field() -> None:
    rules = read_rules({"defaults": {"environment": "production", "repeat_minutes": 60}})

    assert {one.environment for one in rules.rules.values()} == {"production"}
    burst = rules.rules["burst"]
    assert isinstance(burst, Frequency)
    assert burst.repeat_minutes == 60


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"rule": {}}, "unknown field 'rule' (did you mean 'rules'?)"),
        ({"defaults": {"level": "error"}}, "defaults: unknown field 'level'"),
        ({"rules": {"burst": {"more": 5}}}, "rules.burst: unknown field 'more'"),
        ({"rules": {"burst": {"mor_than": 5}}}, "did you mean 'more_than'?"),
        ({"rules": {"new": {"level": "error"}}}, "rules.new: when must be one of frequency"),
        ({"rules": {"x": {"when": "frequency", "within": "5m"}}}, "rules.x: more_than is missing"),
        ({"rules": {"burst": {"within": "7m"}}}, "rules.burst: within: input should be '1m'"),
        ({"rules": {"burst": {"more_than": "50"}}}, "rules.burst: more_than: "),
        ({"rules": {"burst": {"channels": ["opps"]}}}, "there is no channel 'opps'"),
        ({"rules": {"Burst!": {}}}, "rules.Burst!: a name has small letters"),
        ({"rules": {"burst": {"title": "a [b]"}}}, "rules.burst: title: "),
        ({"rules": {"burst": {"title": " a"}}}, "rules.burst: title: a line without brackets"),
        ({"rules": {"burst": {"title": "  "}}}, "rules.burst: title: "),
        ({"rules": []}, "rules must be a table"),
        ({"rules": {"burst": 1}}, "rules.burst must be a table"),
        ({"built_in": ["burts"]}, "built_in: there is no rule 'burts' (did you mean 'burst'?)"),
        ({"built_in": 0}, "built_in must be true, false, or a list of names"),
        ({"built_in": [["a"], 1]}, "built_in must be true, false, or a list of names"),
        (
            {"rules": {"burst": {"channels": "ops"}}},
            "rules.burst: channels: input should be a list",
        ),
        ({"built_in": 3}, "built_in must be true, false, or a list of names"),
        ({"channels": {"a": {"type": "sms"}}}, "channels.a: type must be one of slack"),
        ({"channels": {"a": {"type": "slack", "chanel": "x"}}}, "unknown field 'chanel'"),
        ({"channels": {"a": {"type": "email"}}}, "channels.a: give exactly one of to"),
        ({"channels": {"a": {"type": "email", "team": "x", "member": "y"}}}, "exactly one"),
        ({"channels": {"a": 1}}, "channels.a must be a table"),
        (
            {"channels": {"a": {"type": "webhook"}}, "rules": {"burst": {"channels": []}}},
            "no channel",
        ),
    ],
)
def test_what_is_wrong_is_told_by_name(data: dict[str, object], told: str) -> None:
    with pytest.raises(BadAlertRules) as refused:
        read_rules(data)

    assert told in refused.value.message
    assert "SENTRY_ALERT_RULES_FILE" in (refused.value.recovery_suggestion or "")


SLACK = {"type": "slack", "workspace": "acme", "channel": "#ops"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"channels": {"a": {"type": "slack", "workspace": "acme"}}}, "channels.a: channel is missing"),
        ({"defaults": {"repeat_minutes": "30"}}, "defaults: repeat_minutes: "),
        ({"defaults": {"channels": ["opps"]}, "channels": {"ops": SLACK}},
         "defaults: there is no channel 'opps' (did you mean 'ops'?)"),
        ({"defaults": {"channels": []}}, "defaults: channels names none"),
        ({"channels": {"a": {**SLACK, "channel_id": "#ops"}}},
         "channels.a: channel_id: an id of Slack, such as C0123456789"),
        ({"rules": {"mine": {"when": "error_rate", "per_minute": 3, "within": "5m"}}},
         "rules.mine: unknown field 'within' (there are: title, channels,"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_and_where_it_stands(data: dict[str, object], told: str) -> None:
    with pytest.raises(BadAlertRules) as refused:
        read_rules(data, source="alerts.toml")

    assert refused.value.message.startswith(f"The alert rules cannot be used (alerts.toml): {told}")
    assert "; " not in refused.value.message


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(BadAlertRules) as refused:
        read_rules({"rule": {}, "rules": {"burst": {"more": 1, "within": "9m"}}})

    assert refused.value.message.count(";") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"built_in = [", "is no TOML (at"),
        (b"\xff\xfe", "no UTF-8"),
        (b"#" * 1_000_001, "larger than"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: bytes | None, told: str) -> None:
    path = tmp_path / "alerts.toml"
    if text is not None:
        path.write_bytes(text)

    with pytest.raises(BadAlertRules) as refused:
        rules_in(str(path))

    assert told in refused.value.message
    assert "alerts.toml" in refused.value.message


def test_more_than_ten_problems_are_counted() -> None:
    with pytest.raises(BadAlertRules) as refused:
        read_rules({"rules": {f"rule-{number}": {} for number in range(13)}})

    assert refused.value.message.endswith("; and 3 more.")


@pytest.mark.parametrize("text", ["a=" + "[" * 100_000, "a = " + "{b=" * 20_000])
def test_a_file_that_is_nested_too_deep_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text)

    with pytest.raises(BadAlertRules):
        rules_in(str(path))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "alerts.toml"
    os.mkfifo(pipe)

    with pytest.raises(BadAlertRules) as refused:
        rules_in(str(pipe))

    assert "is no file" in refused.value.message


def test_the_file_of_the_documentation_can_be_used() -> None:
    page = (Path(__file__).parents[3] / "docs/alert-rules.md").read_text("utf-8")
    (example,) = re.findall(r"(?s)```toml\n(.*?)```", page)

    rules = read_rules(tomllib.loads(example))

    assert rules.rules["burst"].channels == ("pager",)
    assert title_of(rules.rules["slow-leak"]) == "A slow leak"
    assert set(rules.channels) == {"ops", "backend", "pager", "bot", "hook"}
