"""What a run stands on: a local Sentry, repositories of its own, a database, settings."""

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from fakes.clones import Clone, new_clone
from mcp_servers.sentry_monitor.src.assembly import Workshop
from mcp_servers.sentry_monitor.src.settings import Settings
from modules.autofix.adapters.tables import META
from modules.autofix.job import Job
from modules.jobs.adapters.database import migrate, open_database
from modules.jobs.adapters.lease import META as LEASES
from modules.outbound.clock import now

PROGRAMS: Final = Path(__file__).with_name("programs")
BROKEN: Final = {
    "calc.py": "def average(values):\n    return sum(values) / len(values)\n",
    "test_calc.py": "from calc import average\n\n\ndef test_two():\n    assert average([1, 3]) == 2\n",
}
FRAME: Final = {
    "filename": "calc.py",
    "function": "average",
    "lineno": 2,
    "context_line": "    return sum(values) / len(values)",
    "in_app": True,
}


class Sentry:
    """A running local-sentry."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        self.url, self.token, self.org = ready["url"], ready["token"], ready["org"]
        self._dsn = urlsplit(ready["projects"]["shop"]["dsn"])
        self._http = httpx.Client(headers={"authorization": f"Bearer {self.token}"})

    def new_issue(self) -> str:
        """Its id."""
        event_id = uuid.uuid4().hex
        raised = {"type": "ZeroDivisionError", "value": "division by zero"}
        event = {
            "event_id": event_id,
            "platform": "python",
            "level": "error",
            "fingerprint": [event_id],
            "exception": {"values": [{**raised, "stacktrace": {"frames": [FRAME]}}]},
        }
        there = f"{self.url}/api{self._dsn.path}/store/?sentry_key={self._dsn.username}"
        self._http.post(there, json=event).raise_for_status()
        found = self._get(f"projects/{self.org}/shop/events/{event_id}/")
        return str(found["groupID"])

    def notes(self, issue: str) -> list[str]:
        told = self._get(f"organizations/{self.org}/issues/{issue}/notes/")
        return [str(one["data"]["text"]) for one in told]

    def close(self) -> None:
        self._http.close()

    def _get(self, path: str) -> Any:
        return self._http.get(f"{self.url}/api/0/{path}").raise_for_status().json()


@contextmanager
def local_sentry() -> Iterator[Sentry]:
    command = [sys.executable, "-m", "modules.local_sentry", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            sentry = Sentry(json.loads(process.stdout.readline()))
            yield sentry
            sentry.close()
        finally:
            process.terminate()


@dataclass(frozen=True, kw_only=True)
class Place:
    """One run's folder, with one repository and one issue for each job that it will have."""

    folder: Path
    sentry: Sentry
    issues: tuple[str, ...]
    database: str = ""  # a URL; the folder's own SQLite file where there is none
    settings: Mapping[str, str] = field(default_factory=dict)  # that differ

    @property
    def marks(self) -> Path:
        return self.folder / "marks"

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.folder}/jobs.db"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environ(self) -> dict[str, str]:
        return {
            "SENTRY_URL": self.sentry.url,
            "SENTRY_AUTH_TOKEN": self.sentry.token,
            "SENTRY_ORG_SLUG": self.sentry.org,
            "SENTRY_FIXER_ENABLED": "true",
            "SENTRY_FIXER_SANDBOX": "none",
            "SENTRY_FIXER_USD_A_DAY": "1000",
            "SENTRY_FIXER_RUNS_A_DAY": "1000",
            "SENTRY_PROJECTS_FILE": str(self.folder / "projects.toml"),
            "SENTRY_DB_PATH": str(self.folder / "jobs.db"),
            "SENTRY_WORK_DIR": str(self.home),
            **({"SENTRY_DATABASE_URL": self.database} if self.database else {}),
            **self.settings,
        }

    def clone(self, number: int) -> Clone:
        return Clone(self.folder / f"repository-{number}")

    def workshop(self) -> Workshop:
        return Workshop(Settings.from_environ(self.environ))

    def job(self, number: int) -> Job:
        moment = now()
        return Job(
            id=uuid.uuid4().hex,
            sentry_issue_id=self.issues[number],
            organization_slug=self.sentry.org,
            project_slug=f"p{number}",
            project_key=f"p{number}",
            host=urlsplit(self.sentry.url).netloc,
            created_at=moment,
            updated_at=moment,
        )


def new_place(folder: Path, sentry: Sentry, *, jobs: int = 1, **more: Any) -> Place:
    issues = tuple(sentry.new_issue() for _ in range(jobs))
    place = Place(folder=folder, sentry=sentry, issues=issues, **more)
    (place.marks / "tmp").mkdir(parents=True)
    tables = []
    for number in range(jobs):
        new_clone(place.clone(number).path).commit(dict(BROKEN))
        tables.append(_table(place, number))
    (folder / "projects.toml").write_text("\n".join(tables))
    return place


def _table(place: Place, number: int) -> str:
    def program(name: str) -> list[str]:
        return [sys.executable, "-I", "-S", str(PROGRAMS / name), str(place.marks)]

    return (
        f"[projects.p{number}]\n"
        f'repository = "{place.clone(number).path}"\n'
        f"agent_command = {program('agent.py')}\n"
        f"test_command = {program('suite.py')}\n"
    )


def make_tables(url: str) -> None:
    engine = open_database(url)
    migrate(url, engine, META)
    migrate(url, engine, LEASES)
    engine.dispose()


def copy_database(migrated: Path, place: Place) -> None:
    shutil.copy(migrated, place.folder / "jobs.db")
