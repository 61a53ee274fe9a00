"""Who is let in, what every answer carries, and what no answer, log or figure holds."""

import asyncio
import json
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from modules.autofix.spellings import variants

from .ground import FORKS, SECRET, Ground, a_service, environ, request, sent, webhook
from .payloads import error, packed
from .receiver import receiver

EVERYWHERE: Final = ("--host", "0.0.0.0")  # noqa: S104 - it must not start there
TOKEN: Final = "door-token-0123456789-0123456789-abcdef"
SECRETS: Final = {
    "SENTRY_AUTH_TOKEN": "door-sentry-token-5f1c0d9a7b",
    "SENTRY_WEBHOOK_SECRET": SECRET,
    "SENTRY_MONITOR_HTTP_TOKEN": TOKEN,
    "GITHUB_TOKEN": "ghp_door0123456789abcdefghijABCDEFGHIJ45",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0DOOR000/B0DOOR000/door0123456789abcdefghij",
}
HEADERS: Final = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "cache-control",
    "cross-origin-opener-policy", "cross-origin-resource-policy",
)  # fmt: skip
PATHS: Final = (
    "/", "/nowhere", "/healthz", "/readyz", "/metrics", "/mcp", "/static/nothing", "/api/openapi.json",
    "/api/sentry/status", "/api/v1/jobs", "/api/v1/jobs/x", "/api/v1/deliveries", "/webhooks/sentry",
    "/api/sentry-fixer/process", "/webhooks/sentry/legacy/x", "/api/v1/jobs?x=1",
)  # fmt: skip
RUNS: Final = ("POST", "/api/sentry-fixer/process")  # jobs, to their end
JOBS: Final = "/api/v1/jobs"
CLEAR: Final = "/api/sentry/clear"


class Knock(NamedTuple):
    raw: bytes
    status: int


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


WITHOUT_TOKEN: Final = (
    Knock(request("GET", JOBS), 200),
    Knock(request("GET", JOBS, Host="127.0.0.1:8081"), 200),
    Knock(request("GET", JOBS, Host="evil.test"), 421),
    Knock(request("GET", JOBS, Host="127.0.0.1.evil.test"), 421),
    Knock(request("GET", JOBS, Host="localhost@evil.test"), 421),
    Knock(request("GET", JOBS, Host=""), 421),
    Knock(request("GET", "http://localhost/api/v1/jobs", Host="evil.test"), 421),
    Knock(request("POST", "/mcp", b"{}", Host="evil.test"), 421),
    Knock(request("GET", "/metrics", Host="evil.test"), 421),
    Knock(request("POST", CLEAR, Origin="http://evil.test"), 403),
    Knock(request("POST", CLEAR, Origin="null"), 403),
    Knock(request("POST", CLEAR, Origin="http://["), 403),
    Knock(request("GET", JOBS, Origin="http://localhost:1"), 403),
    Knock(request("POST", "/mcp", b"{}", Origin="http://evil.test"), 403),
    Knock(request("POST", CLEAR, Sec_Fetch_Site="cross-site"), 403),
    Knock(request("POST", CLEAR, Sec_Fetch_Site="same-site"), 403),
    Knock(request("POST", CLEAR, Origin="http://localhost", Sec_Fetch_Site="same-origin"), 200),
)
WITH_TOKEN: Final = (
    Knock(request("GET", JOBS), 401),
    Knock(request("GET", JOBS, **bearer(TOKEN)), 200),
    Knock(request("GET", JOBS, **bearer(TOKEN[:-1])), 401),
    Knock(request("GET", JOBS, **bearer(TOKEN + "x")), 401),
    Knock(request("GET", JOBS, **bearer(TOKEN.upper())), 401),
    Knock(request("GET", JOBS, **bearer("\xe9")), 401),
    Knock(request("GET", JOBS, Authorization=TOKEN), 401),
    Knock(request("GET", JOBS, **bearer(TOKEN), authorization=f"Bearer {TOKEN}"), 401),
    Knock(request("GET", f"{JOBS}?token={TOKEN}"), 401),
    Knock(request("GET", f"{JOBS}?access_token={TOKEN}"), 401),
    Knock(request("GET", JOBS, Cookie=f"sentry_monitor={TOKEN}"), 401),
    Knock(request("GET", JOBS, Cookie="sentry_monitor=9999999999.x.0"), 401),
    Knock(request("GET", "/metrics"), 401),
    Knock(request("POST", "/mcp", b"{}"), 401),
    Knock(request("GET", "/api/openapi.json"), 401),
    Knock(request("GET", "/healthz"), 200),
    Knock(request("GET", "//healthz/../api/v1/jobs"), 401),
    Knock(request("GET", "/webhooks/sentry/../../api/v1/jobs"), 404),
    Knock(request("GET", "/static/../api/v1/jobs"), 404),
    Knock(request("GET", "/API/v1/jobs"), 401),
    Knock(request("POST", CLEAR, Origin="http://evil.test", **bearer(TOKEN)), 403),
)


@pytest.mark.parametrize(
    ("settings", "knocks"),
    [({}, WITHOUT_TOKEN), ({"SENTRY_MONITOR_HTTP_TOKEN": TOKEN}, WITH_TOKEN)],
    ids=["without a token", "with a token"],
)
async def test_who_is_let_in(
    tmp_path: Path, settings: dict[str, str], knocks: tuple[Knock, ...]
) -> None:
    async with a_service(tmp_path, **settings) as ground:
        found = [(one.raw, (await sent(ground.port, one.raw)).status) for one in knocks]

        assert found == [(one.raw, one.status) for one in knocks]
        assert ground.tracebacks == 0


async def test_every_answer_has_its_headers_and_none_holds_a_secret(tmp_path: Path) -> None:
    async with a_service(tmp_path, **SECRETS) as ground:
        await a_few_failures(ground)
        answers = [one for path in PATHS for one in await asked(ground, path)]
        told = {where: text for where, text, _ in answers} | {"log": ground.log.read_text()}

    bare = [(where, name) for where, _, head in answers for name in HEADERS if name not in head]
    leaks = [
        (name, where)
        for name, secret in SECRETS.items()
        for spelling in variants(secret)
        for where, text in told.items()
        if spelling in text
    ]
    assert bare == []
    assert leaks == []
    assert "sentry_monitor_deliveries_refused_total" in told[f"GET /metrics {TOKEN[:4]}"]
    assert any("listening at" in text for text in told.values())


async def a_few_failures(ground: Ground) -> None:
    """Deliveries, kept and refused, that quote our secrets."""
    body = packed(error(1, "x", title=f"{SECRET} {TOKEN} {SECRETS['GITHUB_TOKEN']}"))
    for raw in (webhook(body), webhook(body[:-1]), webhook(body).replace(b"Signature: ", b"X: ")):
        await sent(ground.port, raw)
    await ground.decided()


async def asked(ground: Ground, path: str) -> list[tuple[str, str, str]]:
    """With and without the token, by three methods: where, the whole answer, its head."""
    found = []
    for method in ("GET", "POST", "PATCH"):
        for token in ("", TOKEN):
            if (method, path) == RUNS and token:
                continue
            given = bearer(token) if token else {}
            answer = await sent(ground.port, request(method, path, **given))
            head = answer.head.decode("latin-1")
            where = f"{method} {path} {token[:4]}"
            found.append((where, head + answer.body.decode("latin-1"), head.lower()))
    (job,) = ground.rows("select id from autofix_jobs")
    answer = await sent(ground.port, request("GET", f"/api/v1/jobs/{job[0]}", **bearer(TOKEN)))
    assert json.loads(answer.body)["id"] == job[0]
    none = await sent(ground.port, b"no HTTP at all\r\n\r\n")
    found.append(("none", none.body.decode(), none.head.decode().lower()))
    return [*found, ("the job", answer.body.decode(), answer.head.decode().lower())]


async def test_beyond_loopback_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = FORKS.Process(target=receiver, args=(environ(tmp_path), EVERYWHERE, log))
    process.start()
    await asyncio.to_thread(process.join, 30)

    assert process.exitcode not in (0, None)
    assert "SENTRY_MONITOR_HTTP_TOKEN" in log.read_text()
    assert "listening" not in log.read_text()


async def test_a_short_token_is_no_token(tmp_path: Path) -> None:
    log, known = tmp_path / "log", environ(tmp_path, SENTRY_MONITOR_HTTP_TOKEN="x" * 31)
    process = FORKS.Process(target=receiver, args=(known, EVERYWHERE, log))
    process.start()
    await asyncio.to_thread(process.join, 30)

    assert process.exitcode not in (0, None)
    assert "listening" not in log.read_text()


async def test_without_a_secret_no_webhook_is_taken(tmp_path: Path) -> None:
    async with a_service(tmp_path, SENTRY_WEBHOOK_SECRET="") as ground:
        answer = await sent(ground.port, webhook(packed(error(1, "x"))))

        assert (answer.status, b"not_configured" in answer.body) == (503, True)
        assert ground.kept() == set()
