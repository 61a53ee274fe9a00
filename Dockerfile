# The service: `docker build -t sentry-monitor .`, then docs/running.md.
# Two stages: what builds (uv, pip's cache) is not in what runs.

FROM python:3.12.12-slim-bookworm AS build
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
ENV UV_PROJECT_ENVIRONMENT=/opt/sentry-monitor UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY modules modules
COPY mcp_servers mcp_servers
RUN uv sync --frozen --no-dev --no-editable --all-extras

FROM python:3.12.12-slim-bookworm
# git for mirrors and worktrees, bubblewrap to hold agents and tests (docs/sandbox.md).
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/sentry-monitor sentry-monitor
COPY --from=build /opt/sentry-monitor /opt/sentry-monitor
ENV PATH=/opt/sentry-monitor/bin:$PATH SENTRY_DB_PATH=/var/lib/sentry-monitor/jobs.db
USER sentry-monitor
WORKDIR /var/lib/sentry-monitor
VOLUME /var/lib/sentry-monitor
EXPOSE 8081
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8081/healthz', timeout=3)"]
ENTRYPOINT ["sentry-monitor"]
# Beyond loopback, so it refuses to start without SENTRY_MONITOR_HTTP_TOKEN.
CMD ["serve", "--host", "0.0.0.0"]
