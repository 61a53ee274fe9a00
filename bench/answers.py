"""Answers to measure: of get-issue-details, as an agent reads them."""

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.page_text import agent_text
from mcp_servers.sentry_monitor.src.processor import SentryErrorMonitorModule
from modules.framework.contracts import ModuleInput
from modules.framework.module import viewed

VIEW = OPERATIONS.find("get-issue-details").view


async def details(
    module: SentryErrorMonitorModule, response_format: str = "concise", issue: str = "SHOP-1"
) -> str:
    parameters = {"issue_id": issue, "response_format": response_format}
    output = await module.execute(ModuleInput(operation="get-issue-details", parameters=parameters))
    if not output.ok:
        raise SystemExit(f"no answer to measure: {output.error}")
    return agent_text(*viewed(output, VIEW))
