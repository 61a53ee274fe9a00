"""sentry.io keeps each organization in a region of its own."""

import asyncio

import pytest

from fakes.sender import FakeSender, reply
from modules.outbound.errors import Unreachable
from modules.sentry.client import SentryClient
from modules.sentry.errors import NotFound, SentryError
from modules.sentry.protocol import Payload

OWN = "https://sentry.example.com"
ACME = "/api/0/organizations/acme/"
ISSUE = f"{ACME}issues/1/"


class Silos:
    """sentry.io without the organization's data, and the region that has it."""

    def __init__(self, region_url: object = "https://de.sentry.io") -> None:
        self.home = FakeSender({ACME: reply({"links": {"regionUrl": region_url}})})
        self.region = FakeSender({ISSUE: reply({"id": "1"}), f"{ISSUE}events/": reply([])})
        self.connected: list[str] = []
        self.client = SentryClient("https://sentry.io", connect=self._connect)

    def _connect(self, base_url: str) -> FakeSender:
        self.connected.append(base_url)
        return self.home if base_url == "https://sentry.io" else self.region

    async def get(self, path: str = ISSUE) -> Payload:
        return await self.client.get(path, what="issue 1", need="event:read")


async def test_the_region_is_found_once_and_used_from_then_on() -> None:
    silos = Silos()

    assert (await silos.get()).data == {"id": "1"}
    assert (await silos.get()).data == {"id": "1"}

    assert silos.connected == ["https://sentry.io", "https://de.sentry.io"]
    assert silos.home.paths == [ISSUE, ACME]
    assert silos.region.paths == [ISSUE, ISSUE]


async def test_two_first_requests_at_once_both_reach_the_region() -> None:
    silos = Silos()

    one, two = await asyncio.gather(silos.get(), silos.get(f"{ISSUE}events/"))

    assert (one.data, two.data) == ({"id": "1"}, [])
    assert silos.home.paths.count(ACME) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com",
        "http://de.sentry.io",
        "https://sentry.io.evil.example.com",
        "https://[::1",
        "de.sentry.io",
        "",
        None,
        7,
    ],
)
async def test_the_token_follows_no_region_beyond_sentrys_own(url: object) -> None:
    silos = Silos(url)

    with pytest.raises(SentryError):
        await silos.get()

    assert silos.connected == ["https://sentry.io"]


async def test_what_is_missing_in_the_region_is_missing() -> None:
    silos = Silos()

    with pytest.raises(NotFound):
        await silos.get(f"{ACME}issues/2/")


async def test_a_region_that_could_not_be_asked_for_is_asked_for_again() -> None:
    silos = Silos()
    known, silos.home.answers[ACME] = silos.home.answers[ACME], Unreachable()

    with pytest.raises(Unreachable):
        await silos.get()
    silos.home.answers[ACME] = known

    assert (await silos.get()).data == {"id": "1"}


async def test_other_servers_have_no_regions() -> None:
    sender = FakeSender({ACME: reply({"links": {"regionUrl": OWN}})})

    with pytest.raises(NotFound):
        await SentryClient(OWN, connect=lambda url: sender).get(
            ISSUE, what="issue 1", need="event:read"
        )

    assert sender.paths == [ISSUE]


async def test_closing_closes_every_connection() -> None:
    silos = Silos()
    await silos.get()

    await silos.client.aclose()

    assert silos.home.closed
    assert silos.region.closed


async def test_each_organization_has_its_own_region() -> None:
    tools = "/api/0/organizations/tools/"
    links = {"acme": "https://de.sentry.io", "tools": "https://us.sentry.io"}
    home = FakeSender(
        {
            f"/api/0/organizations/{org}/": reply({"links": {"regionUrl": url}})
            for org, url in links.items()
        }
    )
    regions = {
        "https://sentry.io": home,
        "https://de.sentry.io": FakeSender({ISSUE: reply({"id": "1"})}),
        "https://us.sentry.io": FakeSender({f"{tools}issues/2/": reply({"id": "2"})}),
    }
    home.answers["/api/0/"] = reply({"user": None})
    client = SentryClient("https://sentry.io", connect=lambda url: regions[url])

    found = [
        (await client.get(path, what="issue", need="event:read")).data["id"]
        for path in (ISSUE, f"{tools}issues/2/", ISSUE, f"{tools}issues/2/")
    ]
    await client.get("/api/0/", what="the token", need="")

    assert found == ["1", "2", "1", "2"]
    assert home.paths[-1] == "/api/0/"  # what belongs to no organization stays at home


async def test_an_organization_that_lives_at_home_is_asked_for_once() -> None:
    home = FakeSender({ACME: reply({"links": {"regionUrl": "https://sentry.io"}})})
    client = SentryClient("https://sentry.io", connect=lambda url: home)

    for _ in range(3):
        with pytest.raises(NotFound):
            await client.get(ISSUE, what="issue 1", need="event:read")

    assert home.paths == [ISSUE, ACME, ISSUE, ISSUE]


@pytest.mark.parametrize("status", [403, 404])
async def test_a_region_that_nobody_tells_is_not_asked_for_again(status: int) -> None:
    home = FakeSender({ACME: reply({"detail": "x"}, status)})
    client = SentryClient("https://sentry.io", connect=lambda url: home)

    for _ in range(3):
        with pytest.raises(NotFound):
            await client.get(ISSUE, what="issue 1", need="event:read")

    assert home.paths.count(ACME) == 1
