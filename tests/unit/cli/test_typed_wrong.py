"""Words that do not fit together are answered by a sentence."""

import pytest

from mcp_servers.sentry_monitor.src.cli.autofix import fresh
from mcp_servers.sentry_monitor.src.cli.main import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["autofix"], "which ISSUE?"),
        (["autofix", "SHOP-1", "--now"], "--now belongs to --pause"),
        (["autofix", "--resume", "--now"], "--now belongs to --pause"),
        (["autofix", "SHOP-1", "--pause"], "--pause is about all jobs"),
        (["autofix", "--test-notify", "SHOP-1"], "--test-notify is about all jobs"),
        (["lessons", "--add", "mind the cart"], "--add and --project belong together"),
        (["lessons", "--project", "shop"], "--add and --project belong together"),
    ],
)
def test_the_sentence(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert told in said
    assert f"see `sentry-monitor {words[0]} --help`" in said


@pytest.mark.parametrize(
    ("known", "told", "news"),
    [
        ([], ["a", "b"], ["a", "b"]),
        (["a"], ["a", "b"], ["b"]),
        (["a", "b"], ["a", "b"], []),
        (["a", "b", "a"], ["b", "a", "c"], ["c"]),  # the oldest is shown no more
        (["a", "a"], ["a", "a"], []),
        (["a", "b"], ["c", "d"], ["c", "d"]),
    ],
)
def test_only_what_came_since_is_news(known: list[str], told: list[str], news: list[str]) -> None:
    assert list(fresh(known, told)) == news
