"""The pages of tracked issues, on a real store."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from fakes.paged import Visitor, visiting
from fakes.patience import until
from fakes.tracked import AT, an_issue
from modules.tracker.rules import Ask
from modules.tracker.step import fresh
from modules.tracker.tracked import Decision, Effect, Tracked, case_of

ID = "5d8d7a3e-2c5b-4b7e-9f57-0a4f1c2d3e4f"
EVIL = "<script>alert(1)</script> \u202e AKIA" + "ABCDEFGHIJKLMNOP"


@pytest.fixture
async def visitor(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path, SENTRY_TRACKER="builtin") as visitor:
        yield visitor


async def track(visitor: Visitor, title: str = "TypeError: bad") -> Tracked:
    bridge = visitor.service.tracking
    assert bridge is not None
    one = fresh(an_issue(title=title), Ask.NEW, "h/o/1", tracked_id=ID, tracker="builtin", at=AT)
    effects = (Effect(tracked_id=one.id, kind="file"),)

    def decide(_: Tracked | None) -> Decision:
        return Decision(answer="created", tracked=one, effects=effects)

    await bridge.store.settle(case_of(one, decide))

    async def filed() -> Tracked | None:  # the service does it beside
        found = await bridge.store.get(one.id)
        return found if found.key and not await bridge.outbox.of(found) else None

    return await until(filed)


async def press(visitor: Visitor, **given: str) -> httpx.Response:
    page = await visitor.see(f"/tracked/{ID}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    return await visitor.http.post(f"/tracked/{ID}", data={**given, "csrf": csrf[1]})


async def test_what_is_tracked_is_listed_and_shown(visitor: Visitor) -> None:
    await track(visitor)

    listed = await visitor.see("/tracked?state=open")
    closed = await visitor.see("/tracked?state=closed")
    shown = await visitor.see(f"/tracked/{ID}")

    assert "OPS-1" in listed
    assert "TypeError: bad" in listed
    assert "None is like that." in closed
    assert "## Impact" in shown
    assert "sentry-monitor:issue" not in shown, "the marker is hidden"
    assert "Still to be done" not in shown


async def test_buttons_close_open_compare_and_comment(visitor: Visitor) -> None:
    await track(visitor)

    closed = await press(visitor, action="close")
    after_close = await visitor.see(f"/tracked/{ID}")
    opened = await press(visitor, action="reopen")
    said = await press(visitor, action="comment", text="Seen by <b>Jo</b>")
    shown = await visitor.see(f"/tracked/{ID}")

    assert (closed.status_code, opened.status_code, said.status_code) == (303, 303, 303)
    assert "Open again" in after_close
    assert "Seen by &lt;b&gt;Jo&lt;/b&gt;" in shown


@pytest.mark.parametrize(
    "given",
    [{"action": "comment", "text": " "}, {"action": "delete"}, {}],
    ids=["empty", "other", "none"],
)
async def test_what_is_no_action_changes_nothing(visitor: Visitor, given: dict[str, str]) -> None:
    before = await track(visitor)

    refused = await press(visitor, **given)

    assert refused.status_code == 400
    bridge = visitor.service.tracking
    assert bridge is not None
    assert await bridge.store.get(ID) == before
    assert await bridge.comments(before) == ()


async def test_strangers_text_is_text(visitor: Visitor) -> None:
    await track(visitor, EVIL)

    for path in ("/tracked", f"/tracked/{ID}"):
        page = await visitor.see(path)
        assert "<script>alert" not in page
        assert "AKIAABCDEFGHIJKLMNOP" not in page
        assert "\u202e" not in page


async def test_unknown_ones_are_not_found_and_a_form_of_others_does_nothing(
    visitor: Visitor,
) -> None:
    await track(visitor)

    unknown = await visitor.http.get(f"/tracked/{ID[:-1]}0")
    odd = await visitor.http.get("/tracked/..%2Fjobs")
    forged = await visitor.http.post(f"/tracked/{ID}", data={"action": "close", "csrf": "x"})

    assert (unknown.status_code, odd.status_code, forged.status_code) == (404, 404, 403)


async def test_without_a_tracker_the_page_says_how_to_choose_one(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = await visitor.see("/tracked")
        one = await visitor.http.get(f"/tracked/{ID}")

    assert "SENTRY_TRACKER" in page
    assert one.status_code == 503
