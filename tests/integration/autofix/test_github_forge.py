"""GitHub alone: what it refuses, in words; its two logins; what one repair costs in requests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from fakes.forge_contract import MARK, A, proposal
from fakes.github import APP_TOKEN, ME, TOKEN, FakeGitHub
from fakes.github_grounds import SHOP, Requests, forge_at, github_on_loopback
from fakes.loopback import Line, Loopback, Seen, answer, loopback
from fakes.pipeline_ports import World
from fakes.repairs import job
from modules.autofix.adapters.github_forge import GitHubForge
from modules.autofix.adapters.github_proposals import NO_DRAFTS
from modules.autofix.errors import Ended, Parked
from modules.autofix.job import Status
from modules.autofix.pipeline import run
from modules.github.client import Wire
from modules.github.errors import NoLogin
from modules.github.logins import AppLogin, TokenLogin

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def github() -> FakeGitHub:
    fake = FakeGitHub()
    fake.pushed(A, "a" * 40, "src/calc.py")
    return fake


@pytest.fixture
async def server(github: FakeGitHub) -> AsyncIterator[Loopback]:
    async with github_on_loopback(github) as running:
        yield running


@pytest.fixture
async def forge(server: Loopback) -> AsyncIterator[GitHubForge]:
    async with forge_at(Requests(server.url), clock=lambda: NOW) as one:
        yield one


# ------------------------------------------------------------------------------ what is refused


async def ended(act: Awaitable[object]) -> str:
    with pytest.raises(Ended) as caught:
        await act
    return caught.value.reason


async def parked(act: Awaitable[object]) -> tuple[str, float]:
    with pytest.raises(Parked) as caught:
        await act
    return caught.value.reason, (caught.value.until - NOW).total_seconds()


async def test_a_renamed_repository_is_told_with_its_new_name(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    github.renamed = "acme/store"

    with pytest.raises(Ended) as caught:
        await forge.remote(SHOP)

    assert caught.value.reason == "repository_renamed"
    assert "acme/store" in caught.value.message


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"archived": True}, "repository_archived"),
        ({"push": False}, "push_refused"),
        ({"name": "acme/else"}, "repository_missing"),
    ],
)
async def test_a_repository_that_takes_no_push_has_a_named_reason(
    forge: GitHubForge, github: FakeGitHub, change: dict[str, Any], reason: str
) -> None:
    vars(github).update(change)

    assert await ended(forge.remote(SHOP)) == reason


async def test_a_wrong_token_parks_the_job(server: Loopback) -> None:
    async with forge_at(
        Requests(server.url), login=lambda wire: TokenLogin(wire, "x" * 40), clock=lambda: NOW
    ) as forge:
        assert await parked(forge.find(SHOP, A)) == ("forge_auth", 900.0)


@pytest.mark.parametrize(
    ("status", "headers", "body", "reason", "wait_s"),
    [
        (429, {"retry-after": "120"}, {}, "forge_rate_limited", 120.0),
        (403, {"retry-after": "7"}, {}, "forge_rate_limited", 7.0),
        (
            403,
            {},
            {"message": "You have exceeded a secondary rate limit."},
            "forge_rate_limited",
            60,
        ),
        (500, {}, {}, "forge_unavailable", 300.0),
    ],
)
async def test_a_limit_or_an_outage_parks_the_job(
    status: int, headers: dict[str, str], body: object, reason: str, wait_s: float
) -> None:
    async def behave(_: Seen, line: Line) -> None:
        await line.send(answer(status, body, headers=headers))

    async with (
        loopback(behave) as server,
        forge_at(Requests(server.url), clock=lambda: NOW) as forge,
    ):
        assert await parked(forge.find(SHOP, A)) == (reason, wait_s)


async def test_a_primary_limit_is_waited_for_until_it_is_reset() -> None:
    reset = datetime.now(UTC) + timedelta(minutes=20)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(reset.timestamp()))}

    async def behave(_: Seen, line: Line) -> None:
        await line.send(answer(403, {}, headers=headers))

    async with loopback(behave) as server, forge_at(Requests(server.url)) as forge:
        with pytest.raises(Parked) as caught:
            await forge.find(SHOP, A)
    assert abs((caught.value.until - reset).total_seconds()) < 60


async def test_a_forge_that_is_gone_parks_the_job() -> None:
    async with forge_at(Requests("http://127.0.0.1:1"), clock=lambda: NOW) as forge:
        assert await parked(forge.find(SHOP, A)) == ("forge_unavailable", 300.0)


async def test_what_is_no_github_is_told(server: Loopback) -> None:
    async def behave(_: Seen, line: Line) -> None:
        await line.send(answer(200, b"<html>", content_type="text/html"))

    async with loopback(behave) as page, forge_at(Requests(page.url)) as forge:
        assert await ended(forge.find(SHOP, A)) == "forge_bad_answer"


# ------------------------------------------------------------------------------- pull requests


async def test_a_plan_without_drafts_gets_a_label_and_a_word(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    github.drafts = False

    first = await forge.propose(SHOP, proposal())
    second = await forge.propose(SHOP, proposal())

    assert first.number == second.number
    assert not second.draft
    (pull,) = github.pulls
    assert pull["body"] == f"{NO_DRAFTS}\n\n{proposal().body}"
    assert {"name": "autofix: unproven"} in pull["labels"]


async def test_the_pull_request_of_a_fork_is_not_ours(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    github.opened(A, fork="mallory/shop", title="mine")

    assert await forge.find(SHOP, A) is None
    (foreign,) = await forge.recent(SHOP, since=NOW)
    assert not foreign.ours
    assert await forge.list(SHOP) == ()
    assert (await forge.propose(SHOP, proposal())).number == 2


async def test_a_branch_that_is_not_there_is_refused(forge: GitHubForge) -> None:
    assert await ended(forge.propose(SHOP, proposal("sentry-autofix/gone"))) == "forge_refused"


async def test_labels_that_may_not_be_given_cost_no_pull_request(github: FakeGitHub) -> None:
    async def behave(seen: Seen, line: Line) -> None:
        if seen.path.endswith("/labels"):
            await line.send(answer(403, {"message": "Resource not accessible by integration"}))
        else:
            await served_by(github)(seen, line)

    async with loopback(behave) as server, forge_at(Requests(server.url)) as forge:
        assert (await forge.propose(SHOP, proposal())).number == 1


def served_by(github: FakeGitHub) -> Callable[[Seen, Line], Awaitable[None]]:
    from fakes.github import served

    return served(github)


async def test_a_draft_that_may_not_be_made_ready_costs_no_pull_request(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    first = await forge.propose(SHOP, proposal())
    github.mutations = False

    second = await forge.propose(SHOP, proposal(draft=False, labels=("autofix",)))

    assert (second.number, second.draft) == (first.number, True)


async def test_two_comments_of_two_workers_become_one(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    number = (await forge.propose(SHOP, proposal())).number
    for _ in range(2):
        github.says(number, f"red {MARK}", login=ME)

    await forge.comment(SHOP, number, f"red {MARK}")

    assert len(github.comments) == 1


async def test_anothers_comment_with_our_marker_keeps_us_from_nothing(
    forge: GitHubForge, github: FakeGitHub
) -> None:
    number = (await forge.propose(SHOP, proposal())).number
    github.says(number, f"ha {MARK}", login="mallory")

    await forge.comment(SHOP, number, f"red {MARK}")

    assert [one.mine for one in await forge.remarks(SHOP, number)] == [False, True]


async def test_a_status_counts_like_a_check(forge: GitHubForge, github: FakeGitHub) -> None:
    github.statuses["a" * 40] = [{"context": "ci", "state": "error", "description": "no"}]

    (run_,) = await forge.checks(SHOP, "a" * 40)

    assert (run_.name, run_.light, run_.told) == ("ci", "red", "no")


# --------------------------------------------------------------------------------------- logins


def a_key() -> tuple[str, Any]:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return pem.decode(), key.public_key()


def app_of(pem: str) -> Callable[[Wire], AppLogin]:
    return lambda wire: AppLogin(wire, app_id="12", private_key=pem)


async def test_an_app_mints_one_token_for_one_repository(
    github: FakeGitHub, server: Loopback
) -> None:
    pem, github.app_key = a_key()
    github.me = "repair[bot]"
    requests = Requests(server.url)

    async with forge_at(requests, login=app_of(pem)) as forge:
        remote = await forge.remote(SHOP)
        number = (await forge.propose(SHOP, proposal())).number
        await forge.comment(SHOP, number, f"red {MARK}")
        remarks = await forge.remarks(SHOP, number)

    minted = [one for one in requests.sent if one.path.endswith("/access_tokens")]
    assert [one.body["repositories"] for one in minted] == [["shop"]]
    assert github.granted == {
        "contents": "write",
        "pull_requests": "write",
        "checks": "read",
        "statuses": "read",
    }
    assert [one.mine for one in remarks] == [True]
    assert APP_TOKEN not in repr(remote)
    assert APP_TOKEN not in repr(forge.__dict__)


async def test_an_app_without_leave_to_read_checks_works_without(
    github: FakeGitHub, server: Loopback
) -> None:
    pem, github.app_key = a_key()
    github.may_read_checks = False

    async with forge_at(Requests(server.url), login=app_of(pem)) as forge:
        await forge.remote(SHOP)

    assert github.granted == {"contents": "write", "pull_requests": "write"}


async def test_a_key_that_is_none_is_told(server: Loopback) -> None:
    broken = "-----BEGIN RSA PRIVATE KEY-----\nno\n-----END RSA PRIVATE KEY-----\n"

    async with forge_at(Requests(server.url), login=app_of(broken)) as forge:
        assert await ended(forge.remote(SHOP)) == NoLogin.code


async def test_another_key_than_the_apps_parks_the_job(
    github: FakeGitHub, server: Loopback
) -> None:
    _, github.app_key = a_key()
    pem, _ = a_key()

    async with forge_at(Requests(server.url), login=app_of(pem), clock=lambda: NOW) as forge:
        assert (await parked(forge.remote(SHOP)))[0] == "forge_auth"


# ---------------------------------------------------------------------------------- one repair


async def test_a_repair_costs_eleven_requests_beside_that_of_its_fetch(
    github: FakeGitHub, server: Loopback
) -> None:
    requests, world = Requests(server.url), World(project=SHOP)
    async with forge_at(requests, clock=lambda: NOW) as forge:
        world.forge = forge  # type: ignore[assignment]
        done = await run(job(status=Status.RUNNING), _pushing(world, github))

    assert (done.outcome, done.pr_number) == ("fixed", 1)
    assert len(requests.sent) == 11
    assert TOKEN not in repr(requests.sent)


def _pushing(world: World, github: FakeGitHub) -> Any:
    """A push makes the branch known to the forge."""
    push = world.repository.push

    async def pushed(*args: Any, **more: Any) -> None:
        await push(*args, **more)
        github.pushed(args[2], args[3])

    world.repository.push = pushed  # type: ignore[method-assign]
    return world.ports


async def test_a_public_repository_shows_no_value_of_the_event(
    github: FakeGitHub, server: Loopback
) -> None:
    github.private, world = False, World(project=SHOP)
    async with forge_at(Requests(server.url)) as forge:
        world.forge = forge  # type: ignore[assignment]
        await run(job(status=Status.RUNNING), _pushing(world, github))

    (pull,) = github.pulls
    assert "division by zero" not in pull["body"]
    assert "the list may be empty" not in pull["body"]
