"""Traces as an OTLP receiver gets them: real spans over real HTTP."""

import gzip
from functools import partial
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from fakes.loopback import Seen, always, answer, loopback
from fakes.patience import until
from fakes.webhooks import headers, issue_event

from .test_serve import processed, serving


def spans(seen: list[Seen]) -> dict[str, dict[str, str]]:
    """The attributes of each span, by its name."""
    found = {}
    for one in seen:
        raw = gzip.decompress(one.body) if one.headers.get("content-encoding") else one.body
        for resource in ExportTraceServiceRequest.FromString(raw).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    facts = {a.key: a.value.string_value for a in span.attributes}
                    found[span.name] = {**facts, "events": " ".join(e.name for e in span.events)}
    return found


async def test_requests_and_repairs_are_traced_and_no_word_of_a_stranger_is(
    settings: dict[str, str], tmp_path: Path
) -> None:
    body = issue_event("1", title="a stranger wrote this")
    async with loopback(always(answer())) as receiver:
        traced = {**settings, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
        async with (
            serving(traced, tmp_path / "serve.log") as (at, _),
            httpx.AsyncClient(base_url=at, trust_env=False) as http,
        ):
            await http.post("/webhooks/sentry", content=body, headers=headers(body))
            await until(partial(processed, http))
        # What is left is sent when it stops.
        found = spans(receiver.seen)

    assert {one.path for one in receiver.seen} == {"/v1/traces"}
    assert {"take delivery", "repair", "sentry request"} <= set(found)
    assert found["take delivery"]["reason"] == "enqueued"
    assert found["repair"]["project"] == "shop"
    assert not any(b"stranger" in one.body for one in receiver.seen)
    assert "stranger" not in str(found)
