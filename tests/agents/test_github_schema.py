"""Every request that the forge sends is one that GitHub documents."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fakes.forge_contract import LONG_AGO, MARK, A, proposal
from fakes.github import ME, TOKEN, FakeGitHub
from fakes.github_grounds import SHOP, Requests, forge_at, github_on_loopback
from fakes.github_schema import problems
from modules.github.client import Login, Wire
from modules.github.logins import AppLogin, TokenLogin
from modules.outbound.messages import Request

# What repairs ask of GitHub; each stands in the tests below, so none is added unnoticed.
ENDPOINTS = {
    "GET /app",
    "GET /repos/acme/shop",
    "GET /repos/acme/shop/commits/SHA/check-runs",
    "GET /repos/acme/shop/commits/SHA/status",
    "GET /repos/acme/shop/installation",
    "GET /repos/acme/shop/issues/1/comments",
    "GET /repos/acme/shop/pulls",
    "GET /repos/acme/shop/pulls/1",
    "GET /repos/acme/shop/pulls/1/comments",
    "GET /repos/acme/shop/pulls/1/files",
    "GET /repos/acme/shop/pulls/1/reviews",
    "GET /user",
    "PATCH /repos/acme/shop/pulls/1",
    "POST /app/installations/7/access_tokens",
    "POST /graphql",
    "POST /repos/acme/shop/issues/1/comments",
    "POST /repos/acme/shop/issues/1/labels",
    "POST /repos/acme/shop/pulls",
    "DELETE /repos/acme/shop/issues/1/labels/autofix%3A%20unproven",
    "DELETE /repos/acme/shop/issues/comments/9",
}


async def test_every_request_is_one_that_github_documents() -> None:
    sent = [*await asked(app=False), *await asked(app=True)]

    assert problems(sent) == []
    assert {_plain(one) for one in sent} == ENDPOINTS


def _app(pem: str) -> Callable[[Wire], Login]:
    return lambda wire: AppLogin(wire, app_id="12", private_key=pem)


def _person(wire: Wire) -> Login:
    return TokenLogin(wire, TOKEN)


def _plain(request: Request) -> str:
    return f"{request.method} {request.path.replace('a' * 40, 'SHA')}"


async def asked(*, app: bool) -> list[Request]:
    """All that the forge can do."""
    github = FakeGitHub()
    github.pushed(A, "a" * 40, "src/calc.py")
    async with github_on_loopback(github) as server:
        requests = Requests(server.url)
        key = rsa.generate_private_key(65537, 2048)
        github.app_key = key.public_key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        me = _app(pem.decode()) if app else _person
        async with forge_at(requests, login=me) as forge:
            await forge.remote(SHOP)
            pull = await forge.propose(SHOP, proposal())
            await forge.propose(SHOP, proposal(title="fix: it", draft=False, labels=("autofix",)))
            await forge.recent(SHOP, since=LONG_AGO)
            await forge.files(SHOP, pull)
            await forge.standing(SHOP, pull.number)
            await forge.checks(SHOP, "a" * 40)
            await forge.comment(SHOP, pull.number, f"red {MARK}")
            github.last = 8
            github.says(pull.number, f"red {MARK}", login=ME)
            await forge.comment(SHOP, pull.number, f"red {MARK}")
            await forge.remarks(SHOP, pull.number)
    return requests.sent


@pytest.mark.parametrize(
    "request_",
    [
        Request("PUT", "/repos/acme/shop/pulls/1/merged"),
        Request("POST", "/repos/acme/shop/pulls", (), {"title": "t", "base": "main"}),
        Request("POST", "/repos/acme/shop/pulls", (), {"head": "a", "base": "b", "hed": "c"}),
        Request("GET", "/repos/acme/shop/pulls", (("state", "olpen"),)),
        Request("GET", "/repos/acme/shop/pulls", (("sate", "open"),)),
        Request("GET", "/repos/acme/shop/pulls/x"),
    ],
)
def test_a_request_that_is_not_documented_is_found(request_: Request) -> None:
    assert len(problems([request_])) == 1
