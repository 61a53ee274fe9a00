"""`sentry-monitor check-project-setup [--fix]`: what is wanting in a project's set-up, mended where
that is safe."""

import argparse
import asyncio
import sys
from typing import Any, Final

from modules.framework.contracts import ModuleInput, ModuleOutput

from .call import printed
from .exit_codes import OK, exit_code
from .help_format import HelpFormat

CHECK: Final = "check-project-setup"
FIX: Final = "fix-project-setup"


def add_project_setup(commands: Any) -> None:
    one = commands.add_parser(
        CHECK,
        help="what is wanting in a project's set-up in Sentry; --fix mends what is safe",
        description="Check scrubbing, filters, limits, environments, releases, source maps, code "
        "mappings, retention and ownership of a project, each with its remedy. With --fix what is "
        "safe is applied after it was shown, and read back. Exit codes as of `call`.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--project", metavar="SLUG", help="the project; SENTRY_PROJECT if left out")
    one.add_argument("--fix", action="store_true", help="apply the plan that is shown")
    one.add_argument("--json", action="store_true", help="each ModuleOutput, as JSON")
    one.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

    named = {"project_slug": arguments.project} if arguments.project else {}
    async with SentryErrorMonitorModule() as module:
        checked = await module.execute(ModuleInput(operation=CHECK, parameters=named))
        code = exit_code(printed(checked, as_json=arguments.json))
        plan = _plan(checked)
        if code != OK or not arguments.fix:
            return code
        if not plan:
            sys.stderr.write("nothing is left that is safe to apply\n")
            return code
        asked = ModuleInput(operation=FIX, parameters={**named, "plan": plan})
        return exit_code(printed(await module.execute(asked), as_json=arguments.json))


def _plan(checked: ModuleOutput) -> str:
    return str((checked.data or {}).get("plan") or "")
