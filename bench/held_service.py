"""`serve` as it is, but that its jobs stand still in the agent's hands: python -m bench.held_service."""

import asyncio
import sys

from mcp_servers.sentry_monitor.src import bootstrap
from mcp_servers.sentry_monitor.src.cli.main import main
from modules.autofix.adapters.sandbox.place import Sandbox
from modules.autofix.adapters.sandbox.plain import Plain
from modules.autofix.ports import Ports
from modules.autofix.project import Project
from modules.sentry.client import SentryClient

from .repairs import BenchWorkshop


class Held(BenchWorkshop):
    """No job ends."""

    async def chosen_sandbox(self) -> Sandbox:
        self.box = Plain()
        return self.box

    def ports(self, project: Project, sentry: SentryClient) -> Ports:
        self.hold = self.hold or asyncio.Event()
        return super().ports(project, sentry)


if __name__ == "__main__":
    setattr(bootstrap, "Workshop", Held)  # noqa: B010 - the one part that is another here
    sys.exit(main(["serve", "--port", "0", *sys.argv[1:]]))
