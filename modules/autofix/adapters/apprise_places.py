"""Discord, Teams, mail and the rest by apprise (the extra `notify`), in plain text."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from modules.autofix.errors import NotTold
from modules.autofix.notice_text import plain_text
from modules.autofix.notices import Notice

SCHEME: Final = re.compile(r"[a-z][a-z0-9]{1,19}(?=://)")


class ApprisePlace:
    """One URL of SENTRY_FIXER_NOTIFY_URLS. All of it is a secret but the scheme."""

    away = "notify_away"

    def __init__(self, url: str) -> None:
        self._url = url
        found = SCHEME.match(url.lower())
        self.name = found[0] if found else "notify"

    def __repr__(self) -> str:
        return f"ApprisePlace({self.name!r})"

    async def send(self, notice: Notice) -> None:
        """Raises NotTold. What is under way when the deadline comes goes on in its thread, which
        nobody waits for."""
        if notice.quiet:
            return
        title, body = plain_text(notice)
        if reason := await _in_thread(lambda: _sent(self._url, title, body)):
            raise NotTold(reason)

    async def check(self) -> str:
        """Raises NotTold."""
        if reason := await _in_thread(lambda: _known(self._url)):
            raise NotTold(reason)
        return "the service is known; only --test-notify shows whether it works"


def _sent(url: str, title: str, body: str) -> str:
    """The reason why not; empty when it was taken."""
    if reason := _known(url):
        return reason
    import apprise

    service = apprise.Apprise()
    service.add(url)
    taken = service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    return "" if taken else "notify_refused"


def _known(url: str) -> str:
    try:
        import apprise
    except ImportError:
        return "apprise_missing"
    logging.getLogger("apprise").disabled = True  # it names addresses, which are secrets here
    return "" if apprise.Apprise().add(url) else "notify_url_unknown"


async def _in_thread(work: Callable[[], str]) -> str:
    """In a thread of its own that ends with the process: those of an executor are waited for."""
    future: Future[str] = Future()
    future.set_running_or_notify_cancel()  # whoever gives up waiting does not cancel it

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - passed on to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)

    threading.Thread(target=run, name="apprise", daemon=True).start()
    return await asyncio.wrap_future(future)
