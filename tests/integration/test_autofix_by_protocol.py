"""A repair from issue to pull request by an agent of the Agent Client Protocol: real processes,
server, git, tests."""

import json
import re
import sys
from pathlib import Path
from typing import Final

from demo.processes import HERE, bare, local_sentry, run_shop
from demo.repairs import workplace
from demo.replayed_agent import NEW, OLD, TEST

from .test_autofix_commands import Desk

AGENT: Final = Path(__file__).parents[1] / "fakes/acp_agent.py"
REPORT: Final = {
    "classification": "code_fix",
    "root_cause": "A free cart has a total of 0.",
    "explanation": "Nothing is taken off then.",
    "confidence": 0.95,
    "changed_files": ["shop/prices.py"],
    "test_files": ["shop/test_orders.py"],
}


def script() -> str:
    prices, tests = (HERE / "shop" / name for name in ("prices.py", "test_orders.py"))
    steps = [
        ["write", "shop/test_orders.py", tests.read_text() + TEST],
        ["write", "shop/prices.py", prices.read_text().replace(OLD, NEW)],
        ["report", REPORT],
    ]
    return json.dumps({"prompts": [steps]})


async def test_an_issue_becomes_a_pull_request() -> None:
    async with local_sentry() as sentry, workplace(sentry.project) as place:
        await run_shop(sentry, "shop@1.4.0", "orders")
        file = place.folder / "projects.toml"
        command = json.dumps([sys.executable, str(AGENT), script()])
        table = re.sub(
            "agent_command = .*", lambda _: f"agent_command = {command}", file.read_text()
        )
        file.write_text(table.replace('agent_name = "replayed"', 'agent = "acp"'))
        desk = Desk(bare(**sentry.settings, **place.settings))

        code, out, err = await desk.run("autofix", "SHOP-1")
        pulls = await desk.ask("list-autofix-pull-requests")

    assert code == 0, err
    assert "succeeded fixed" in out
    assert "proof: proven" in out
    assert [one["draft"] for one in pulls["pull_requests"]] == [False]
