"""How a notice reads: in Slack's markup, and as plain text for everything else."""

import re
from typing import Final

from modules.safetext.sinks import for_chat, for_slack

from .notices import Fact, Notice

TITLE_CAP: Final = 200
FACT_CAP: Final = 120
ERROR_CAP: Final = 300  # the end of a message that nobody reads to its end
# A URL that no markup reads as more than a URL.
URL: Final = re.compile(
    r"https?://[A-Za-z0-9._-]{1,253}(?::\d{1,5})?(?:/[A-Za-z0-9._~/%?=&#:+@,-]{0,1500})?"
)


def slack_text(notice: Notice) -> str:
    """Slack's mrkdwn (https://docs.slack.dev/messaging/formatting-message-text): links are ours
    alone, what strangers wrote is escaped and stands on one line or in a code block."""
    error = for_slack(notice.error, ERROR_CAP)
    return _laid_out(
        notice.heading,
        for_slack(notice.title, TITLE_CAP, one_line=True),
        [f"{fact.label}: {_slack_value(fact)}" for fact in notice.facts],
        f"Error:\n```\n{error}\n```" if error else "",
        "\n".join(f"`{command}`" for command in notice.commands),
        notice.footer,
    )


def plain_text(notice: Notice) -> tuple[str, str]:
    """A subject, which is ours alone, and a body without markup."""
    error = for_chat(notice.error, ERROR_CAP)
    body = _laid_out(
        "",
        for_chat(notice.title, TITLE_CAP, one_line=True),
        [f"{fact.label}: {_plain_value(fact)}" for fact in notice.facts],
        f"Error:\n{error}" if error else "",
        "\n".join(notice.commands),
        notice.footer,
    )
    return notice.heading, body


def _laid_out(heading: str, title: str, facts: list[str], *rest: str) -> str:
    return "\n\n".join(filter(None, (heading, title, "\n".join(facts), *rest)))


def _slack_value(fact: Fact) -> str:
    text = for_slack(fact.text, FACT_CAP, one_line=True) if fact.strange else fact.text
    url = safe_url(fact.url).replace("&", "&amp;")
    return f"<{url}|{text}>" if url else text


def _plain_value(fact: Fact) -> str:
    text = for_chat(fact.text, FACT_CAP, one_line=True) if fact.strange else fact.text
    return f"{text} {safe_url(fact.url)}".rstrip()


def safe_url(url: str) -> str:
    """The URL; empty where it could be read as something else, or leads into a folder."""
    return url if URL.fullmatch(url) else ""
