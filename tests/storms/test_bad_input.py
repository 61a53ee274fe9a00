"""What does not fit is told plainly, as JSON, and changes nothing."""

import json
from pathlib import Path
from typing import Final, NamedTuple

from .ground import Ground, a_service, request, sent, signature, webhook
from .payloads import comment, error, issue, packed

HOOK: Final = "/webhooks/sentry"
GOOD: Final = packed(error(1, "bad input"))
JSON: Final = "application/json"


class Bad(NamedTuple):
    """A request, and how it is to be turned away."""

    raw: bytes
    status: int
    code: str


def hook(body: bytes = GOOD, **headers: str) -> bytes:
    given = {"Sentry_Hook_Resource": "error", "Sentry_Hook_Signature": signature(body), **headers}
    return request("POST", HOOK, body, **given)


def api(method: str, target: str, data: object = None, **headers: str) -> bytes:
    return request(method, target, b"" if data is None else packed(data), **headers)


def decision(job: str, data: object, **headers: str) -> bytes:
    return api("POST", f"/api/v1/jobs/{job}/decisions", data, **headers)


SIGN: Final = signature(GOOD)
PROCESS: Final = "/api/sentry-fixer/process"
WEBHOOKS: Final = (
    Bad(b"no HTTP at all\r\n\r\n", 400, "bad_request"),
    Bad(hook(Content_Length="-1"), 400, "bad_request"),
    Bad(hook(Content_Length="1", content_length="2"), 400, "bad_request"),
    Bad(hook(Transfer_Encoding="gzip"), 400, "bad_request"),
    Bad(request("PUT", HOOK, GOOD), 405, "method"),
    Bad(request("DELETE", HOOK), 405, "method"),
    Bad(hook(Content_Type="text/plain"), 415, "media_type"),
    Bad(hook(Content_Type=""), 415, "media_type"),
    Bad(hook(Content_Encoding="gzip"), 415, "content_encoding"),
    Bad(hook(b"no JSON"), 400, "bad_body"),
    Bad(hook(b"[]"), 400, "bad_body"),
    Bad(hook(b"{}"), 400, "bad_body"),
    Bad(hook(GOOD.decode().encode("utf-16")), 400, "bad_body"),
    Bad(hook(b"\xff\xfe"), 400, "bad_body"),
    Bad(hook(GOOD[:-1] + b',"a":NaN}'), 400, "bad_body"),
    Bad(hook(GOOD[:-1] + b',"a":1e999}'), 400, "bad_body"),
    Bad(hook(GOOD[:-1] + b',"a":' + b"9" * 5000 + b"}"), 400, "bad_body"),
    Bad(hook(GOOD[:-1] + b',"action":"created"}'), 400, "bad_body"),
    Bad(hook(GOOD[:-1] + b',"a":' + b"[" * 60 + b"]" * 60 + b"}"), 400, "bad_body"),
    Bad(webhook(b""), 400, "bad_body"),
    Bad(hook(Sentry_Hook_Signature=SIGN[:-1]), 401, "bad_signature"),
    Bad(hook(Sentry_Hook_Signature=SIGN + "0"), 401, "bad_signature"),
    Bad(hook(Sentry_Hook_Signature=SIGN.upper()), 401, "bad_signature"),
    Bad(hook(Sentry_Hook_Signature="\xe9" * 64), 401, "bad_signature"),
    Bad(hook(Sentry_Hook_Signature=""), 401, "bad_signature"),
    Bad(hook(sentry_app_signature=SIGN), 401, "bad_signature"),  # twice, by another name
    Bad(hook(Sentry_Hook_Signature=signature(GOOD, "another secret")), 401, "bad_signature"),
    Bad(hook(Content_Length="6000000"), 413, "too_large"),
    Bad(request("POST", f"{HOOK}/legacy/guess", GOOD), 404, "not_found"),
)
OTHERS: Final = (
    Bad(api("GET", "/api/v1/jobs/nobody"), 404, "autofix_no_such_job"),
    Bad(api("GET", "/api/v1/jobs/%00"), 404, "not_found"),
    Bad(decision("nobody", {"decision": "retry"}), 404, "autofix_no_such_job"),
    Bad(api("POST", "/api/v1/deliveries/nobody/replay"), 404, "no_such_delivery"),
    Bad(api("DELETE", "/api/v1/jobs"), 405, "method"),
    Bad(api("GET", "/nowhere"), 404, "not_found"),
    Bad(api("GET", "/static/%00"), 404, "not_found"),
    *(Bad(api("POST", f"{PROCESS}?batch={n}"), 400, "bad_batch") for n in (0, 6, "x", -1, "", "1.0")),
    *(Bad(api("POST", f"{PROCESS}?batch={n}"), 400, "bad_batch") for n in ("0051", "00000", "%C2%B2")),
    Bad(api("POST", f"{PROCESS}?bach=1"), 400, "bad_query"),
    Bad(api("POST", f"{PROCESS}?batch=1&batch=2"), 400, "bad_query"),
    Bad(api("POST", "/api/sentry/clear?now=1"), 400, "bad_query"),
    Bad(api("GET", "/api/sentry/status?x=1"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?limit=0"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?limit=x"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?status=x"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?nothing=1"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?project=%00"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/jobs?limit=1&limit=2"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/deliveries?before=2026-01-01"), 400, "bad_query"),
    Bad(api("GET", "/api/v1/deliveries?before=1e400"), 400, "bad_query"),
    Bad(api("POST", "/api/v1/operations/nothing", {}), 400, "unknown_operation"),
    Bad(api("POST", "/api/v1/operations/list-autofix-jobs", {"\ud800": 1}), 400, "invalid_parameters"),
    Bad(api("POST", "/api/v1/operations/list-autofix-jobs", {"status": "\ud800"}), 400, "invalid_parameters"),
    Bad(api("POST", "/api/v1/operations/list-autofix-jobs", []), 400, "bad_body"),
)  # fmt: skip


def of_a_job(job: str) -> tuple[Bad, ...]:
    """It is queued: it waits for nobody's approval."""
    text = {"decision": "guide", "text": "x" * 1001}
    return (
        Bad(decision(job, {"decision": "approve", "diff_sha256": "0" * 64}), 409, ""),
        Bad(decision(job, {"decision": "guide", "text": "more"}), 409, ""),
        Bad(decision(job, {"decision": "retry"}), 409, ""),
        Bad(decision(job, {"decision": "merge"}), 400, "bad_body"),
        Bad(decision(job, {"decision": "cancel", "force": True}), 400, "bad_body"),
        Bad(decision(job, {"decision": "cancel", "\ud800": True}), 400, "bad_body"),
        Bad(decision(job, text), 400, "bad_body"),
        Bad(decision(job, {"decision": "guide", "text": "\ud800"}), 400, "bad_body"),
        Bad(decision(job, []), 400, "bad_body"),
        Bad(decision(job, None, Content_Type=JSON), 400, "bad_body"),
        Bad(decision(job, {"decision": "cancel"}, Content_Type="text/plain"), 415, "media_type"),
        Bad(
            request("POST", f"/api/v1/jobs/{job}/decisions", b'{"a":' * 90_000, Content_Type=JSON),
            413,
            "too_large",
        ),
        Bad(
            request("POST", f"/api/v1/jobs/{job}/decisions", b"[" * 90_000, Content_Type=JSON),
            400,
            "bad_body",
        ),
    )


async def test_bad_input_is_told_plainly_and_changes_nothing(tmp_path: Path) -> None:
    async with a_service(tmp_path) as ground:
        (job,) = await a_job(ground)
        before, wrong = ground.whole(), []
        for bad in (*WEBHOOKS, *OTHERS, *of_a_job(job)):
            wrong += await turned_away(ground, bad)
            if ground.whole() != before:
                wrong.append(f"{bad.raw[:90]!r} changed the database")
                before = ground.whole()

        assert not wrong, "\n".join(wrong)
        assert ground.tracebacks == 0, ground.log.read_text()[-3000:]
        assert any(before)


async def a_job(ground: Ground) -> list[str]:
    for resource, body in (("error", error(4, "one")), ("issue", issue(6, "resolved", ""))):
        await sent(ground.port, webhook(packed(body), resource))
    await sent(ground.port, webhook(packed(comment(4)), "comment"))
    await ground.decided()
    return [one for (one,) in ground.rows("select id from autofix_jobs")]


async def turned_away(ground: Ground, bad: Bad) -> list[str]:
    answer = await sent(ground.port, bad.raw)
    try:
        told = json.loads(answer.body)
        code, message = told["error"]["code"], told["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return [f"{bad.raw[:90]!r}: {answer.status} {answer.body[:90]!r} is no error in JSON"]
    good = answer.status == bad.status and bad.code in ("", code) and message and not told["ok"]
    return [] if good else [f"{bad.raw[:90]!r}: {answer.status} {code}, not {bad}"[:300]]
