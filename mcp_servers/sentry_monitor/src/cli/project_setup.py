"""`sentry-monitor check-project-setup [--fix]`: what is wanting in a project's set-up, mended where
that is safe."""

import argparse
import asyncio
import sys
from typing import Any, Final

from modules.framework.contracts import ModuleInput, ModuleOutput

from .call import printed
from .exit_codes import BY_CATEGORY, OK, exit_code
from .help_format import HelpFormat

CHECK: Final = "check-project-setup"
FIX: Final = "fix-project-setup"


def add_project_setup(commands: Any) -> None:
    one = commands.add_parser(
        CHECK,
        help="what is wanting in a project's set-up in Sentry; --fix mends what is safe",
        description="Check scrubbing, filters, limits, environments, releases, source maps, code "
        "mappings, retention and ownership of a project, each with its remedy. With --fix what is "
        "safe is applied after it was shown, and read back. Exit codes as of `call`: 10 with "
        "--fail-on-wanting where anything is wanting, 14 where --fix was done in part.",
        formatter_class=HelpFormat,
    )
    one.add_argument("--project", metavar="SLUG", help="the project; SENTRY_PROJECT if left out")
    one.add_argument(
        "--sensitive-fields",
        metavar="NAMES",
        help="names to scrub besides the usual, separated by commas",
    )
    one.add_argument(
        "--retention-days", metavar="DAYS", help="how long events should be kept; 90 if left out"
    )
    one.add_argument(
        "--scrub-ip-addresses",
        action="store_true",
        help="want no IP addresses stored; those of new events are gone for good then",
    )
    one.add_argument("--fix", action="store_true", help="apply the plan that is shown")
    one.add_argument(
        "--fail-on-wanting",
        action="store_true",
        help="end with exit code 10 where anything is wanting, after --fix, or could not be read",
    )
    one.add_argument(
        "--json",
        action="store_true",
        help="the whole ModuleOutput, as JSON: of the fix where one is applied",
    )
    one.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule

    named = _named(arguments)
    async with SentryErrorMonitorModule() as module:
        output = await module.execute(ModuleInput(operation=CHECK, parameters=named))
        plan = str((output.data or {}).get("plan") or "") if arguments.fix else ""
        output = _shown(output, plan, as_json=arguments.json)
        if plan and exit_code(output) == OK:
            asked = ModuleInput(operation=FIX, parameters={**named, "plan": plan})
            output = printed(await module.execute(asked), as_json=arguments.json)
        elif arguments.fix and exit_code(output) == OK:
            sys.stderr.write("nothing is left that is safe to apply\n")
    return exit_code(output) or (_gate(output) if arguments.fail_on_wanting else OK)


def _named(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {
        "project_slug": arguments.project or None,
        "sensitive_fields": arguments.sensitive_fields,
        "retention_days": arguments.retention_days,
        "scrub_ip_addresses": arguments.scrub_ip_addresses or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _shown(checked: ModuleOutput, plan: str, *, as_json: bool) -> ModuleOutput:
    """What programs read is one document, that of the fix, so they are shown the plan beside it."""
    if not (plan and as_json):
        return printed(checked, as_json=as_json)
    lines = (checked.data or {})["would_change"]
    sys.stderr.write("\n".join([f"plan {plan}:", *(f"  {one}" for one in lines), ""]))
    return checked


def _gate(output: ModuleOutput) -> int:
    from mcp_servers.sentry_monitor.src.operations.project_setup import shortcoming

    wanting = shortcoming(output.data or {})
    if wanting is None:
        return OK
    sys.stderr.write(f"{wanting.message}\n")
    return BY_CATEGORY[wanting.category]
