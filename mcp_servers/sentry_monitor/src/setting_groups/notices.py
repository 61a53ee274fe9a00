"""Who is told what becomes of repairs."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class NoticeSettings(BaseModel):
    """Who is told what becomes of repairs."""

    slack_webhook: SecretStr | None = variable(
        "SLACK_WEBHOOK_URL",
        default=None,
        description="Incoming webhook of Slack that tells what becomes of repairs "
        "(docs/notifications.md); a bot token goes before it.",
    )
    slack_token: SecretStr | None = variable(
        "SLACK_BOT_TOKEN",
        default=None,
        description="The same by a bot, with a thread for each job. Scope: chat:write.",
    )
    slack_channel: str | None = variable(
        "SLACK_CHANNEL_ID",
        default=None,
        description="The bot's channel, for projects that name none.",
    )
    slack_api: str = variable(
        "SLACK_API_URL",
        default="https://slack.com/api",
        description="Root of Slack's API, elsewhere for GovSlack or a proxy; webhooks may go to its "
        "host, too.",
    )
    notify_urls: SecretStr | None = variable(
        "SENTRY_FIXER_NOTIFY_URLS",
        default=None,
        description="Comma-separated URLs of apprise (Discord, Teams, mail, …); needs the extra "
        "`notify`.",
    )
    notify_kinds: tuple[str, ...] = variable(
        "SENTRY_FIXER_NOTIFY",
        default=("pr_created", "failed", "waiting"),
        description="What is told, of: `pr_created`, `failed`, `waiting`, `duplicate`, `declined`; "
        "or `none`.",
    )
