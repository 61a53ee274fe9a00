"""What `serve`, `mcp` and `worker` run with."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class ServiceSettings(BaseModel):
    """What `serve`, `mcp` and `worker` run with."""

    http_token: SecretStr | None = variable(
        "SENTRY_MONITOR_HTTP_TOKEN",
        default=None,
        description="Bearer token, 32 characters or more, for `serve` and `mcp --http`; needed beyond loopback.",
    )
    toolsets: str | None = variable(
        "SENTRY_MONITOR_TOOLSETS",
        default=None,
        description="Comma-separated tools that agents are offered beside the usual ones: `telemetry`; "
        "`tracker` is there where one is chosen.",
    )
    webhook_secrets: tuple[SecretStr, ...] = variable(
        "SENTRY_WEBHOOK_SECRET",
        "SENTRY_CLIENT_SECRET",
        default=(),
        description="Client secret of the integration that sends webhooks to `serve`; several "
        "with commas, while one is changed for another. Without it no webhook is taken.",
    )
    webhook_legacy: SecretStr | None = variable(
        "SENTRY_WEBHOOK_LEGACY_TOKEN",
        default=None,
        description="Opens `/webhooks/sentry/legacy/<this token>`, 32 characters or more.",
    )
    webhook_unsigned: bool = variable(
        "SENTRY_WEBHOOK_ALLOW_UNSIGNED",
        default=False,
        description="`true` takes unsigned webhooks from this machine: for development.",
    )
    poll_interval_ms: int = variable(
        "SENTRY_POLL_INTERVAL_MS",
        default=0,
        description="How often `serve` looks for what webhooks missed, in milliseconds "
        "(900000 is a quarter of an hour); `0` only when asked.",
    )
    otel_endpoint: str | None = variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        default=None,
        description="Where `serve` and `worker` send traces by OTLP over HTTP, such as "
        "http://127.0.0.1:4318; needs the extra `otel`.",
    )
    db_path: str | None = variable(
        "SENTRY_DB_PATH",
        default=None,
        description="SQLite file with the jobs; "
        "`~/.local/state/sentry-monitor/jobs.db` if not set.",
    )
    database_url: SecretStr | None = variable(
        "SENTRY_DATABASE_URL",
        default=None,
        description="`postgresql://…` keeps the jobs there instead, for several workers.",
    )
    work_dir: str | None = variable(
        "SENTRY_WORK_DIR",
        default=None,
        description="Folder for mirrors, worktrees and the local forge; beside the jobs if not set.",
    )
