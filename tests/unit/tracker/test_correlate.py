"""What the evidence of commits is worth beside each other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from modules.tracker.correlate import correlate
from modules.tracker.history import Cause, ChangedFile, Commit, Deployment, Hunk, Range
from modules.tracker.places import Spot

SEEN = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SINCE = SEEN - timedelta(hours=48)
CART = "shop/cart.py"


def commit(sha: str, *files: ChangedFile, hours: float = 5, **more: Any) -> Commit:
    told = {"author": "Ada", "title": "work", **more}
    return Commit(sha=sha, at=SEEN - timedelta(hours=hours), files=files, **told)


def wrote(first: int, last: int, path: str = CART, *, before: Range | None = None) -> ChangedFile:
    return ChangedFile(path=path, hunks=(Hunk(before or (first, last), (first, last)),))


def found(*commits: Commit, line: int = 40, deployments: tuple[Deployment, ...] = ()) -> Cause:
    spots = (Spot(path=CART, line=line, depth=0), Spot(path="shop/web.py", line=7, depth=1))
    return correlate(
        spots, commits, since=SINCE, first_seen=SEEN, deployments=deployments, source="a test"
    )


def order(cause: Cause) -> list[str]:
    return [one.commit.sha for one in cause.suspicions]


def test_who_wrote_the_line_leads_before_who_was_beside_it_and_who_was_in_the_file() -> None:
    cause = found(
        commit("file", wrote(400, 410)),
        commit("beside", wrote(42, 44)),
        commit("line", wrote(39, 40)),
        commit("elsewhere", wrote(40, 40, "shop/other.py")),
    )

    assert order(cause) == ["line", "beside", "file"]
    assert cause.looked_at == 4
    assert cause.recently_changed == (CART,)
    assert cause.suspicions[0].reasons == ("wrote line 40 of shop/cart.py, where it raised",)


def test_a_line_is_followed_back_through_what_later_commits_put_before_it() -> None:
    cause = found(
        commit("later", wrote(1, 30, before=(1, 0))),  # thirty lines at the top
        commit("culprit", wrote(10, 10)),  # so line 40 was line 10
        commit("bystander", wrote(40, 40)),
    )

    assert order(cause)[0] == "culprit"


def test_a_file_is_followed_back_through_a_rename() -> None:
    renamed = ChangedFile(path=CART, previous_path="shop/basket.py")

    cause = found(commit("rename", renamed), commit("culprit", wrote(40, 40, "shop/basket.py")))

    assert order(cause) == ["culprit", "rename"]
    assert cause.recently_changed == (CART,)


def test_lines_that_were_taken_away_beside_it_count_as_beside_it() -> None:
    gone = ChangedFile(path=CART, hunks=(Hunk((40, 43), (40, 39)),))

    cause = found(commit("bystander", wrote(60, 60)), commit("culprit", gone))

    assert order(cause)[0] == "culprit"
    assert cause.suspicions[0].reasons[0].startswith("changed 1 line away")


def test_a_commit_of_many_files_and_one_of_a_program_say_less() -> None:
    others = [wrote(1, 1, f"shop/{number}.py") for number in range(99)]

    cause = found(
        commit("sweep", wrote(40, 40), *others),
        commit("bot", wrote(40, 40), author="formatter[bot]"),
        commit("person", wrote(41, 41)),
    )

    assert order(cause)[0] == "person"
    told = {one.commit.sha: one.reasons for one in cause.suspicions}
    assert "a program made it" in told["bot"]
    assert any("100 files" in reason for reason in told["sweep"])


def test_what_went_out_last_before_the_error_is_likelier_than_what_had_not_gone_out() -> None:
    out = [
        Deployment(at=SEEN - timedelta(hours=ago), environment="production") for ago in (2, 20, 40)
    ]

    cause = found(
        commit("after", wrote(41, 41), hours=1),
        commit("out", wrote(41, 41), hours=10),
        commit("long out", wrote(41, 41), hours=30),
        deployments=tuple(out),
    )

    assert order(cause) == ["out", "long out", "after"]


def test_of_equal_evidence_the_one_nearer_to_the_error_leads() -> None:
    cause = found(commit("new", wrote(40, 40), hours=1), commit("old", wrote(40, 40), hours=47))

    assert order(cause) == ["new", "old"]


def test_nothing_is_suspected_where_no_file_of_the_stack_was_changed() -> None:
    cause = found(commit("other", wrote(40, 40, "docs/cart.py")))

    assert (cause.suspicions, cause.recently_changed, cause.looked_at) == ((), (), 1)


def test_scores_stay_between_nothing_and_certainty() -> None:
    both = commit("both", wrote(40, 40), wrote(7, 7, "shop/web.py"), hours=0)

    cause = found(both, deployments=(Deployment(at=SEEN, environment="production"),))

    assert 0 < cause.suspicions[0].score <= 1


def test_what_was_taken_back_and_what_took_it_back_are_suspected_last() -> None:
    cause = found(
        commit("back", wrote(40, 40), title='Revert "faster"', hours=1),
        commit("fine", wrote(42, 42), hours=2),
        commit("faster", wrote(40, 40), title="faster", hours=3),
    )

    assert order(cause) == ["fine", "back", "faster"]
    assert cause.suspicions[2].reasons[-1] == "a later commit took it back"


def test_a_merge_is_neither_counted_nor_suspected() -> None:
    cause = found(
        commit("merge", parents=("line", "side")),
        commit("side", wrote(90, 90), parents=("old",)),
        commit("line", wrote(40, 40), parents=("old",)),
    )

    assert order(cause) == ["line", "side"]
    assert cause.looked_at == 2


def test_who_wrote_what_stood_there_before_is_behind_who_wrote_what_is_there() -> None:
    now = Hunk((40, 40), (40, 40), "-    total = 1\n+    total = amount / count")
    before = Hunk((40, 40), (40, 40), "-    total = 0\n+    total = 1")
    spot = Spot(path=CART, line=40, depth=0, source="total = amount / count")
    commits = (
        commit("now", ChangedFile(path=CART, hunks=(now,)), hours=40),
        commit("before", ChangedFile(path=CART, hunks=(before,)), hours=1),
    )

    cause = correlate((spot,), commits, since=SINCE, first_seen=SEEN)

    assert order(cause) == ["now", "before"]
    assert cause.suspicions[1].reasons[0].startswith("wrote an earlier text of line 40")


def test_a_name_that_the_message_quotes_decides_between_equals() -> None:
    hunks = [
        Hunk((90, 90), (90, 90), f"-x\n+order[{name!r}] = 1") for name in ("vat", "tax", "sum")
    ]
    commits = [
        commit(sha, ChangedFile(path=CART, hunks=(hunk,)))
        for sha, hunk in zip(("one", "culprit", "other"), hunks, strict=True)
    ]
    spot = Spot(path=CART, line=40, depth=0)

    cause = correlate((spot,), commits, since=SINCE, first_seen=SEEN, message="KeyError: 'tax'")

    assert order(cause)[0] == "culprit"
