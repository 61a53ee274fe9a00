import json
from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]


async def outcomes(server: Any) -> dict[str, int]:
    answer = await server.get("stats_v2/?groupBy=outcome&field=sum(quantity)&statsPeriod=1d")
    return {one["by"]["outcome"]: one["totals"]["sum(quantity)"] for one in answer["groups"]}


async def test_an_event_is_answered_with_its_id(a_server: Build, an_error: Build) -> None:
    server = a_server()

    answer = await server.send(an_error(event_id="f" * 32))

    assert answer.json() == {"id": "f" * 32}
    assert (await server.get("issues/1/events/latest/"))["eventID"] == "f" * 32


async def test_the_same_event_twice_counts_once(a_server: Build, an_error: Build) -> None:
    server = a_server()

    for _ in range(2):
        await server.send(an_error(event_id="f" * 32))

    assert (await server.issue())["count"] == "1"
    assert await outcomes(server) == {"accepted": 1}


async def test_the_store_endpoint_takes_an_event_alone(a_server: Build, an_error: Build) -> None:
    server = a_server()
    path = f"/api/1/store/?sentry_key={server.project.public_key}"

    answer = await server.client.post(path, json=an_error())

    assert answer.status_code == 200
    assert (await server.issue())["title"] == "ValueError: boom"


async def test_a_wrong_key_is_rejected(a_server: Build, an_error: Build) -> None:
    answer = await a_server().send(an_error(), key="0" * 32)

    assert answer.status_code == 403
    assert answer.json() == {"detail": "event submission rejected with_reason: ProjectId"}


async def test_no_key_is_unauthorized(a_server: Build) -> None:
    answer = await a_server().client.post(
        "/api/1/envelope/", content=b"{}\n", headers={"Authorization": ""}
    )

    assert (answer.status_code, answer.json()) == (
        401,
        {"detail": "missing authorization information"},
    )


async def test_what_is_no_envelope_is_refused(a_server: Build) -> None:
    server = a_server()
    path = f"/api/1/envelope/?sentry_key={server.project.public_key}"

    answer = await server.client.post(path, content=b"hello")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "invalid event envelope"


async def test_an_event_that_is_invalid_is_counted(a_server: Build) -> None:
    server = a_server()

    answer = await server.send({"event_id": "seventeen"})

    assert answer.status_code == 400
    assert await outcomes(server) == {"invalid": 1}


async def test_only_events_are_kept(a_server: Build) -> None:
    server = a_server()
    path = f"/api/1/envelope/?sentry_key={server.project.public_key}"
    lost = {
        "discarded_events": [
            {"reason": "sample_rate", "category": "error", "quantity": 3},
            {"quantity": 10**30},
        ]
    }
    items = [("transaction", {}), ("sessions", {}), ("client_report", lost)]
    lines = [
        part for kind, body in items for part in (json.dumps({"type": kind}), json.dumps(body))
    ]

    answer = await server.client.post(path, content="\n".join(["{}", *lines]))

    assert answer.status_code == 200
    assert await server.get("issues/", query="") == []
    assert await outcomes(server) == {"client_discard": 3}


async def test_a_filter_drops_and_counts(a_server: Build, an_error: Build) -> None:
    server = a_server(filters={"environment": "dev*"})

    await server.send(an_error(environment="development"))
    await server.send(an_error(environment="production"))

    assert (await server.issue())["count"] == "1"
    assert await outcomes(server) == {"accepted": 1, "filtered": 1}


async def test_over_the_quota_the_sdk_is_told_to_wait(a_server: Build, an_error: Build) -> None:
    server = a_server(event_limit=1)

    answers = [await server.send(an_error()) for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].headers["X-Sentry-Rate-Limits"] == "60:error:key:key_quota"
    assert answers[1].headers["Retry-After"] == "60"
    assert await outcomes(server) == {"accepted": 1, "rate_limited": 1}


@pytest.mark.parametrize("value", ["\ud800", "\x00", "🧀" * 40])
async def test_odd_characters_survive_or_are_replaced(a_server: Build, value: str) -> None:
    server = a_server()

    answer = await server.send({"message": f"odd {value}", "tags": {"odd": value}})

    assert answer.status_code == 200
    assert (await server.issue())["title"].startswith("odd")
