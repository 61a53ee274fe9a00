"""The part of a ticket about the suspected cause."""

from datetime import UTC, datetime

from modules.tracker.cause_text import cause_lines, cause_text, short
from modules.tracker.history import Cause, ChangedFile, Commit, Deployment, Suspicion

AT = datetime(2024, 12, 13, 10, 30, tzinfo=UTC)
SHA = "abc1234" + "0" * 33


def cause(title: str = "update user handler", author: str = "John Doe", **more: str) -> Cause:
    path = more.get("path", "apps/lib/userHandler.ts")
    commit = Commit(
        sha=more.get("sha", SHA),
        author=author,
        at=AT,
        title=title,
        files=(ChangedFile(path=path),),
        url=more.get("url", f"https://github.com/acme/shop/commit/{SHA}"),
        pull=7,
    )
    return Cause(
        suspicions=(Suspicion(commit=commit, score=0.9, reasons=("wrote line 3",)),),
        deployments=(Deployment(at=AT, environment="production", sha=SHA, release="1.4"),),
        recently_changed=(path,),
        looked_at=3,
        source="a test",
    )


def test_it_reads_as_documented() -> None:
    assert cause_text(cause()) == (
        "## Suspected Cause\n\n### Recent Commits\n\n"
        "These commits were made shortly before the error first appeared, the likeliest first:\n\n"
        f"- [`abc123400000`](https://github.com/acme/shop/commit/{SHA}) - `update user handler` "
        "(pull request 7)\n"
        "  - **Author:** `John Doe`\n  - **Date:** 2024-12-13 10:30 UTC\n"
        "  - **Files:** `apps/lib/userHandler.ts`\n  - **Why:** `wrote line 3`\n\n"
        "### Recent Deployments\n\n"
        "- `production` - `abc123400000` `1.4` at 2024-12-13 10:30 UTC\n\n"
        "### Files in Stack Trace Modified Recently\n\n- `apps/lib/userHandler.ts`"
    )


def test_nothing_known_says_nothing() -> None:
    assert cause_text(Cause()) == ""


def test_what_committers_wrote_does_nothing() -> None:
    hostile = "`` ` @all fixes #1 <!-- x --> [a](https://evil.test)\n## Heading ghp_" + "a1B2" * 9

    text = cause_text(cause(hostile, hostile, path=hostile, url="javascript:alert(1)"))

    for bad in ("@all", "#1", "<!--", "https://evil", "\n## Heading", "ghp_a1B2", "javascript"):
        assert bad not in text
    assert text.count("\n## ") == 0


def test_a_commit_whose_name_is_somebodys_number_is_not_shortened_to_a_piece_of_it() -> None:
    assert short("378282246310005") == "a commit"
    assert short("378282246310005a") == "`378282246310`"
    assert "37828" not in cause_lines(cause("t", "a", sha="378282246310005"))


def test_an_address_that_is_a_secret_is_no_link() -> None:
    hook = "https://hooks.zapier.com/hooks/catch/4479946/ev55ff6/"

    assert "4479946" not in cause_text(cause(url=hook))
