"""The command line, the environment and the message that Claude Code gets.

What each part is for stands in docs/agents.md. Read off version 2.1.330.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from modules.autofix.adapters.agent_env import AGENT_ENV
from modules.autofix.adapters.model_apis import GATEWAY
from modules.autofix.adapters.report_schema import report_schema
from modules.autofix.ports import AgentTask

OLDEST: Final = (2, 1, 248)  # knows client_composed: text of an event names no file
VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
CHANGING, READING = "Bash,Read,Edit,Write,Grep,Glob", "Read,Grep,Glob"
TOOLS: Final = "sentry"  # what our MCP server is called
HOME: Final = "/home/agent"
ENV: Final[Mapping[str, str]] = {
    **AGENT_ENV,
    "ANTHROPIC_BASE_URL": GATEWAY,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    "CLAUDE_CODE_DISABLE_CRON": "1",
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_CODE_MAX_RETRIES": "3",
    "ENABLE_TOOL_SEARCH": "false",
}


def command(
    claude: str, task: AgentTask, *, model: str, tools: Sequence[str] = (), guide: str = ""
) -> tuple[str, ...]:
    """`tools` are the names of our MCP server's; `guide` is the file with the repository's own
    words for agents."""
    argv = [claude, "-p", "--input-format", "stream-json", "--output-format", "stream-json"]
    argv += ["--verbose", "--model", model, "--restricted", "--strict-mcp-config"]
    argv += ["--tools", READING if task.plan_only else CHANGING]
    argv += ["--permission-mode", "acceptEdits", "--permission-prompts", "none"]
    allowed = [*([] if task.plan_only else ["Bash"]), *(f"mcp__{TOOLS}__{one}" for one in tools)]
    argv += ["--allowedTools", *allowed] if allowed else []
    if tools:
        server = {"type": "http", "url": f"{GATEWAY}/mcp"}
        argv += ["--mcp-config", json.dumps({"mcpServers": {TOOLS: server}})]
    if guide:
        argv += ["--append-system-prompt-file", guide]
    argv += ["--json-schema", json.dumps(report_schema()), "--max-turns", str(task.turns)]
    return (*argv, "--max-budget-usd", f"{task.usd:.2f}", "--no-session-persistence")


def message(task: AgentTask) -> bytes:
    """The one line on stdin. `client_composed` keeps the CLI from reading files and running
    commands that the text of an event names."""
    told = [task.prompt, task.previous_failure]
    content = [{"type": "text", "text": text} for text in told if text]
    line = {
        "type": "user",
        "client_composed": True,
        "message": {"role": "user", "content": content},
    }
    return json.dumps(line).encode() + b"\n"


def too_old(version: str) -> bool:
    """Of what `claude --version` says; nonsense is too old."""
    found = VERSION.search(version)
    return found is None or tuple(map(int, found.groups())) < OLDEST
