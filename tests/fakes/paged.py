"""The service with its pages, on a real store in a folder, and jobs as somebody looks at them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa

from fakes.autofix_jobs import a_job, an_attempt
from fakes.repairs import problem, report
from mcp_servers.sentry_monitor.src.bootstrap import serving
from mcp_servers.sentry_monitor.src.server.transports import listen
from mcp_servers.sentry_monitor.src.service import Service
from mcp_servers.sentry_monitor.src.web.app import create_app
from mcp_servers.sentry_monitor.src.web.serving import serve
from modules.autofix.adapters import job_rows
from modules.autofix.job import Job, Proof, Stage, Status
from modules.jobs.adapters.database import open_database

HOME: Final = "http://127.0.0.1:8081"
WEBHOOK_SECRET: Final = "w" * 32
TOKEN: Final = "t0ken-" * 8
DIFF: Final = """diff --git a/src/calc.py b/src/calc.py
index 1111111..2222222 100644
--- a/src/calc.py
+++ b/src/calc.py
@@ -1,3 +1,5 @@
 def average(xs):
+    if not xs:
+        return 0
-    return sum(xs) / len(xs)
+    return sum(xs) / float(len(xs))
 # the end
"""


def environ(folder: Path, **more: str) -> dict[str, str]:
    """Sentry is where nobody listens."""
    plain = {
        "SENTRY_URL": "http://127.0.0.1:9",
        "SENTRY_AUTH_TOKEN": "7" * 64,
        "SENTRY_ORG_SLUG": "acme",
        "SENTRY_RETRY_ATTEMPTS": "1",
        "SENTRY_FIXER_ENABLED": "true",
        "SENTRY_PROJECTS": f"shop:1:shop:{folder}/shop",
        "SENTRY_DB_PATH": str(folder / "jobs.db"),
    }
    return {**plain, **more}


@dataclass
class Visitor:
    """A browser without a screen: it keeps its cookie, and presses buttons that it sees."""

    service: Service
    http: httpx.AsyncClient
    engine: sa.Engine

    @property
    def url(self) -> str:
        return str(self.http.base_url).rstrip("/")

    async def see(self, path: str) -> str:
        """The page. Raises AssertionError where there is none."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.text

    async def press(self, path: str, button: str, **fields: str) -> httpx.Response:
        """Send the form of the page at `path` that has this button, with its hidden fields."""
        form = next(one for one in forms(await self.see(path)) if button in one.buttons)
        given = {**form.fields, **form.buttons[button], **fields}
        return await self.http.post(form.action, data=given)

    async def now(self, job: Job) -> Job:
        """As it stands by now."""
        return await self.service.autofix.jobs.get(job.id)

    def keep(self, job: Job) -> Job:
        """A job as it stands, whatever came before."""
        with self.engine.begin() as conn:
            job_rows.add(conn, job, "/srv/shop")
        return job

    def change(self, job: Job, **fields: Any) -> Job:
        """What a worker does to a job, somewhere else."""
        changed = job.model_copy(update={**fields, "updated_at": datetime.now(UTC)})
        with self.engine.begin() as conn:
            assert job_rows.change(conn, changed)
        return changed

    def tell(self, job: Job, *messages: str) -> None:
        with self.engine.begin() as conn:
            for message in messages:
                job_rows.tell(conn, job, message, datetime.now(UTC))


@asynccontextmanager
async def visiting(folder: Path, token: str | None = None, **more: str) -> AsyncIterator[Visitor]:
    """Without a socket between them."""
    settings = environ(folder, **more)
    async with serving(settings, works=False) as service:
        web = create_app(service, token=token)
        transport = httpx.ASGITransport(app=web.app)
        async with _visitor(service, settings, base_url=HOME, transport=transport) as visitor:
            yield visitor
        web.close()


@asynccontextmanager
async def on_loopback(
    folder: Path, token: str | None = None, *, port: int = 0, works: bool = False, **more: str
) -> AsyncIterator[Visitor]:
    """By a real server, for a real browser: `visitor.url`."""
    settings = environ(folder, **more)
    stop = asyncio.Event()
    with listen("127.0.0.1", port) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with serving(settings, works=works) as service:
            web = create_app(service, token=token)
            server = asyncio.create_task(serve(web, listener, stop))
            try:
                async with _visitor(service, settings, base_url=url) as visitor:
                    yield visitor
            finally:
                stop.set()
                await server


@asynccontextmanager
async def _visitor(
    service: Service, settings: Mapping[str, str], **client: Any
) -> AsyncIterator[Visitor]:
    engine = open_database(f"sqlite:///{settings['SENTRY_DB_PATH']}")
    html = {"accept": "text/html"}
    async with httpx.AsyncClient(headers=html, **client) as http:
        yield Visitor(service, http, engine)
    engine.dispose()


def shop_job(name: str = "0job1", **more: Any) -> Job:
    now = datetime.now(UTC)
    plain = {"created_at": now, "updated_at": now, "host": "127.0.0.1:9"}
    return a_job(name, **{**plain, **more})


def waiting_job(name: str = "0job1", **more: Any) -> Job:
    """One with everything that a page can show."""
    first = an_attempt(
        1,
        agent="replayed",
        failure="new_test_red_with_fix: The new test fails.",
        log="tried",
        diff=DIFF,
    )
    second = an_attempt(
        2,
        agent="replayed",
        diff=DIFF,
        log="it worked",
        cost_usd=0.42,
        turns=7,
        duration_s=65.0,
        report=report(five_whys=("nobody looked", "no test"), risks="none that is known"),
    )
    proof = Proof(
        proven=True,
        reasons=("proven",),
        fail_to_pass=("tests/test_calc.py::test_empty",),
        same_error=True,
        passed_before=11,
        passed_after=12,
        failed_before=1,
        output="12 passed in 0.42s",
    )
    plain = {
        "status": Status.WAITING,
        "stage": Stage.PUBLISH,
        "reason": "waiting_for_decision",
        "issue_title": "ZeroDivisionError: division by zero",
        "issue_url": "http://127.0.0.1:9/organizations/acme/issues/1/",
        "branch_name": "sentry-autofix/web-1a-123456-g1",
        "problem": problem(),
        "attempts": (first, second),
        "proof": proof,
        "payload_snapshot": {"data": {"action": "created"}},
    }
    return shop_job(name, **{**plain, **more})


@dataclass
class Form:
    """`buttons` by their label, each with the field that it sends."""

    action: str
    fields: dict[str, str]
    buttons: dict[str, dict[str, str]]


def forms(page: str) -> list[Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._sent: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: Mapping[str, str] = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"], {}, {}))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given["value"]
        elif tag == "button":
            self._sent = {given["name"]: given["value"]} if "name" in given else {}

    def handle_data(self, data: str) -> None:
        if self._sent is not None:
            self.forms[-1].buttons[data.strip()] = self._sent

    def handle_endtag(self, tag: str) -> None:
        if tag == "button":
            self._sent = None
