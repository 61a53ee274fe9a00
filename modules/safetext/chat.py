"""Text for chats and mails: no mention, tag or code mark is left in it."""

import re
from typing import Final

TICK: Final = "\u02cb"  # looks like a backtick and is none
MENTION: Final = re.compile(r"[@\uff20](?=[&!#\w])")  # Discord's roles: <@&1>; letters of any kind
QUOTE: Final = re.compile(r"(?m)^([ \t]*)(?=&gt;)")  # Slack quotes all that follows `>>>`


def plain(text: str) -> str:
    """Without the characters that Discord, Teams, Telegram or a mail reader may act on."""
    apart = MENTION.sub("@·", text.replace("`", TICK))
    return apart.replace("<", "\u2039").replace(">", "\u203a")


def escape(text: str) -> str:
    """For Slack's mrkdwn: `&`, `<` and `>` as entities, so that no link and no mention
    (`<!channel>`, `<@U1>`) can be written; no code block is ended or begun.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    entities = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return QUOTE.sub(r"\1·", MENTION.sub("@·", entities.replace("`", TICK)))
