import json
from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]
API = "/api/0/organizations/acme/"


async def test_without_a_token_nothing_is_shown(a_server: Build) -> None:
    server = a_server()
    del server.client.headers["Authorization"]

    answer = await server.client.get(API)

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


async def test_a_wrong_token_is_invalid(a_server: Build) -> None:
    answer = await a_server().client.get(API, headers={"Authorization": "Bearer other"})

    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid token"})


@pytest.mark.parametrize(
    ("scopes", "method", "status"),
    [
        ({"event:read"}, "GET", 200),
        ({"event:read"}, "PUT", 403),
        ({"event:admin"}, "PUT", 200),
        ({"event:write"}, "DELETE", 403),
        ({"event:admin"}, "DELETE", 202),
        ({"org:read"}, "GET", 403),
    ],
)
async def test_a_scope_reaches_as_far_as_it_says(
    a_server: Build, an_error: Build, scopes: set[str], method: str, status: int
) -> None:
    server = a_server(scopes=scopes)
    await server.send(an_error())

    answer = await server.client.request(method, API + "issues/1/", json={"hasSeen": True})

    assert answer.status_code == status
    if status == 403:
        detail = "You do not have permission to perform this action."
        assert answer.json() == {"detail": detail}


async def test_the_root_tells_the_scopes(a_server: Build) -> None:
    answer = await a_server(scopes=["event:read"]).client.get("/api/0/")

    assert answer.json()["version"] == "0"
    assert answer.json()["auth"] == {"scopes": ["event:read"]}


async def test_a_missing_slash_is_explained(a_server: Build) -> None:
    answer = await a_server().client.get(API + "issues")

    assert answer.status_code == 404
    assert answer.json() == {
        "info": f"Route not found, did you forget a trailing slash? try: {API}issues/"
    }


@pytest.mark.parametrize(
    "path",
    [
        "issues/77/",
        "issues/SHOP-X/",
        "issues/1/events/" + "0" * 32 + "/",
        "nothing/",
        "releases/9/",
    ],
)
async def test_what_is_not_there_is_not_found(a_server: Build, an_error: Build, path: str) -> None:
    server = a_server()
    await server.send(an_error())

    answer = await server.client.get(API + path)

    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


async def test_another_organization_is_not_found(a_server: Build) -> None:
    assert (await a_server().client.get("/api/0/organizations/other/")).status_code == 404


async def test_a_method_that_is_not_served_is_named(a_server: Build) -> None:
    answer = await a_server().client.post(API + "environments/")

    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "POST" not allowed.'})


async def test_too_many_calls_are_answered_as_sentry_answers(a_server: Build) -> None:
    server = a_server(rate_limit=2)

    answers = [await server.client.get(API) for _ in range(3)]
    server.clock.move(seconds=1)
    later = await server.client.get(API)

    assert [one.status_code for one in [*answers, later]] == [200, 200, 429, 200]
    assert answers[0].headers["X-Sentry-Rate-Limit-Remaining"] == "1"
    assert answers[2].headers["Content-Type"].startswith("text/html")
    assert "Limit is 2 requests in 1 seconds" in json.loads(answers[2].text)["detail"]
    assert "Retry-After" not in answers[2].headers
    reset = int(answers[2].headers["X-Sentry-Rate-Limit-Reset"])
    assert reset == server.clock.now.timestamp()


async def test_boot_config_and_health_need_no_token(a_server: Build) -> None:
    client = a_server().client
    del client.headers["Authorization"]

    assert (await client.get("/api/client-config/")).json()["isSelfHosted"] is True
    assert (await client.get("/_health/")).text == "ok"
    assert (await client.get("/api/settings/")).status_code == 404


async def test_the_permalink_shows_a_page_with_everything_escaped(
    a_server: Build, an_error: Build
) -> None:
    server = a_server()
    crumbs = {"values": [{"category": "ui", "message": "<script>steal()</script>"}]}
    await server.send(an_error(value="<img src=x onerror=steal()>", breadcrumbs=crumbs))
    link = (await server.issue())["permalink"]

    answer = await server.client.get(link)

    assert answer.status_code == 200
    assert "<img" not in answer.text
    assert "<script" not in answer.text
    assert "shop/cart.py:12 in total" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_the_front_page_links_to_each_issue(a_server: Build, an_error: Build) -> None:
    server = a_server(projects=("shop", "web"))
    await server.send(an_error(value="<b>boom</b>"))
    del server.client.headers["Authorization"]

    answer = await server.client.get("/")

    assert answer.status_code == 200
    assert '<a href="/organizations/acme/issues/1/">SHOP-1</a>' in answer.text
    assert "no issues yet" in answer.text
    assert "<b>" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_page_of_nothing_is_not_found(a_server: Build) -> None:
    client = a_server().client

    assert (await client.get("/organizations/acme/issues/7/")).status_code == 404
    assert (await client.get("/organizations/other/issues/7/")).status_code == 404


async def test_links_start_with_the_url_that_was_given(a_server: Build, an_error: Build) -> None:
    server = a_server(url="http://127.0.0.1:9000/")
    await server.send(an_error())

    assert (await server.issue())["permalink"] == (
        "http://127.0.0.1:9000/organizations/acme/issues/1/"
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"issues/{'9' * 40}/", None, 404),
        ("GET", f"issues/?project={'9' * 40}", None, 400),
        ("GET", "issues/?start=2026-08-20&end=2026-08-19", None, 400),
        ("GET", "stats_v2/?groupBy=outcome&field=sum(quantity)&start=9&end=1", None, 400),
        ("GET", "events/?field=title&query=!firstRelease:x", None, 200),
        ("PUT", "issues/1/", {"assignedTo": {"id": 1}}, 400),
        ("PUT", "issues/1/", {"status": ["resolved"]}, 400),
        ("PUT", "issues/1/", {"statusDetails": []}, 400),
        ("PUT", "issues/1/", [], 400),
        ("POST", "issues/1/notes/", {"text": "half \ud83d"}, 201),
        ("POST", "issues/1/notes/", {"text": 7}, 400),
        ("POST", "releases/", {"version": "1", "projects": ["shop"], "url": {}}, 201),
        ("POST", "releases/", {"version": 1}, 400),
    ],
)
async def test_odd_requests_are_answered_not_failed(
    a_server: Build, an_error: Build, method: str, path: str, body: Any, status: int
) -> None:
    server = a_server()
    await server.send(an_error())

    text = None if body is None else json.dumps(body)
    answer = await server.client.request(method, API + path, content=text)

    assert answer.status_code == status
