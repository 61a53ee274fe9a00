"""The rest of the world by apprise: plain text to real sinks on loopback, and within its time."""

import builtins
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from fakes.loopback import Line, Seen, always, answer, loopback
from modules.autofix.adapters.apprise_places import ApprisePlace
from modules.autofix.adapters.notifications import Notifications
from modules.autofix.notices import Kind, Notice
from modules.autofix.ports import Receipt

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise's imports

NOTICE = Notice(
    kind=Kind.FAILED,
    heading="❌ Sentry Auto-Fix Failed",
    title="@everyone <@&7> <b>x</b>",
    error="see https://evil.test",
)


async def told(url: str, *, seconds: float = 10.0) -> Receipt:
    (receipt,) = await Notifications([ApprisePlace(url)], seconds=seconds).tell(NOTICE)
    return receipt


async def test_a_json_sink_gets_subject_and_body_in_plain_text() -> None:
    async with loopback(always(answer(body={}))) as server:
        receipt = await told(f"json://{server.url.removeprefix('http://')}/path")

    assert receipt == Receipt(place="json")
    (seen,) = server.seen
    sent = json.loads(seen.body)
    assert sent["title"] == NOTICE.heading
    assert sent["message"].startswith("@·everyone \u2039@·&7\u203a \u2039b\u203ax\u2039/b\u203a")
    assert "https·://evil.test" in sent["message"]


async def test_a_service_that_refuses_is_named_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with loopback(always(answer(403))) as server:
        receipt = await told(f"json://{server.url.removeprefix('http://')}/secret-path-of-a-hook")

    assert receipt == Receipt(place="json", reason="notify_refused")
    assert "secret-path" not in caplog.text


async def test_a_service_that_hangs_costs_the_deadline() -> None:
    async def hang(seen: Seen, line: Line) -> None:
        await line.hang()

    async with loopback(hang) as server:
        began = time.monotonic()
        receipt = await told(f"json://{server.url.removeprefix('http://')}/", seconds=0.5)
        took_s = time.monotonic() - began

    assert receipt.reason == "notify_away"
    assert took_s < 2


async def test_what_no_service_knows_is_named() -> None:
    assert await told("nosuchthing://x") == Receipt(
        place="nosuchthing", reason="notify_url_unknown"
    )


async def test_mail_arrives_by_smtp() -> None:
    with a_mail_sink() as (port, mails):
        receipt = await told(
            f"mailto://127.0.0.1:{port}?from=bot@example.com&to=ops@example.com&mode=insecure"
        )

    assert receipt == Receipt(place="mailto")
    (mail,) = mails
    assert "To: ops@example.com" in mail
    assert "text/plain" in mail
    assert "text/html" not in mail


async def test_without_the_extra_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without_it(name: str, *rest: Any, **more: Any) -> ModuleType:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_it)

    assert (await told("json://127.0.0.1/")).reason == "apprise_missing"
    states = await Notifications([ApprisePlace("json://127.0.0.1/")]).check()
    assert states == (("json", "apprise_missing"),)


async def test_a_known_service_is_told_by_its_kind_alone() -> None:
    place = ApprisePlace("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")

    ((name, state),) = await Notifications([place]).check()

    assert (name, state.partition(";")[0]) == ("discord", "the service is known")
    assert "JHMHI8" not in repr(place)


@contextmanager
def a_mail_sink() -> Iterator[tuple[int, list[str]]]:
    """One mail by SMTP (RFC 5321), taken by a thread, since the sender is one, too."""
    mails: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=_take_mail, args=(listener, mails), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1], mails
        finally:
            listener.close()
            thread.join(5)


def _take_mail(listener: socket.socket, mails: list[str]) -> None:
    connection, _ = listener.accept()
    connection.settimeout(10)
    with connection, connection.makefile("rwb") as wire:
        _say(wire, "220 sink")
        for line in iter(wire.readline, b""):
            word = line[:4].strip().upper()
            if word == b"DATA":
                _say(wire, "354 go on")
                mails.append(b"".join(iter(wire.readline, b".\r\n")).decode())
            _say(wire, "221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return


def _say(wire: Any, text: str) -> None:
    wire.write(f"{text}\r\n".encode())
    wire.flush()
