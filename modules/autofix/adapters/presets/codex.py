"""`python -I -S codex.py MODEL CODEX...` answers one request of our command protocol with a run of
`codex exec`. It is a program, run by path, inside the sandbox. Read off codex 0.171.
https://developers.openai.com/codex/noninteractive

Codex's own sandbox is off: it needs namespaces, which ours does not give, and ours is round it.
"""

import json
import os
import subprocess  # noqa: TID251 - it is the child process that starts the agent
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

DONE = ("command_execution", "file_change", "agent_message", "mcp_tool_call")
LIMITS = (("usage_limit", ("usage limit", "429", "quota")), ("auth", ("401", "unauthorized")))
SHOWN = 2000


def main(model: str, codex: Sequence[str]) -> int:
    """Its exit code, where it gives no answer."""
    request = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        schema, last = Path(folder) / "schema.json", Path(folder) / "last.json"
        schema.write_text(json.dumps(strict(request["report_schema"])))
        ran = subprocess.run(  # noqa: S603 - the operator's program
            (*codex, *arguments(model, request["cwd"], schema, last)),
            input=prompt(request).encode(),
            stdout=subprocess.PIPE,
            check=False,
        )
        events = list(read(ran.stdout.splitlines()))
        answer = answered(events, last.read_text() if last.exists() else "")
    for line in log(events):
        sys.stderr.write(f"{line}\n")
    if answer is None:
        return ran.returncode or 1
    json.dump(answer, sys.stdout)
    return 0


def arguments(model: str, cwd: str, schema: Path, last: Path) -> list[str]:
    address = os.environ["OPENAI_BASE_URL"]  # noqa: TID251 - a program of its own
    provider = (
        f'{{name="gateway",base_url="{address}",env_key="OPENAI_API_KEY",wire_api="responses"}}'
    )
    settings = {
        "model_providers.gateway": provider,  # OPENAI_BASE_URL alone is not heeded
        "model_provider": '"gateway"',
        "allow_login_shell": "false",  # it would set PATH anew, and lose the virtual environment
        "shell_environment_policy.inherit": '"all"',
        "project_doc_max_bytes": "0",  # the repository's own words for agents
        "web_search": '"disabled"',
    }
    told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [
        *("exec", "--json", "--ephemeral", "--ignore-user-config", "--ignore-rules"),
        *("--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"),
        *("--model", model, "--cd", cwd, *told),
        *("--output-schema", str(schema), "--output-last-message", str(last), "-"),
    ]


def prompt(request: dict[str, Any]) -> str:
    plan = "Change no file. " if request["plan_only"] else ""
    first = f"{plan}Your last message is the report, as JSON. Nobody answers questions."
    return "\n\n".join(
        part for part in (first, request["prompt"], request["previous_failure"]) if part
    )


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """As the API wants it: nothing more, and each field required, be it null.
    https://platform.openai.com/docs/guides/structured-outputs"""
    kept = {name: plain(value) for name, value in schema["properties"].items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(kept),
        "properties": kept,
    }


def plain(field: dict[str, Any]) -> dict[str, Any]:
    left_out = ("default", "title", "minLength", "maxLength", "maxItems", "minimum", "maximum")
    return {name: value for name, value in field.items() if name not in left_out}


def read(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def answered(events: Sequence[dict[str, Any]], last: str) -> dict[str, Any] | None:
    """Turns are counted by what was done; money is not told."""
    try:
        report = json.loads(last)
    except ValueError:
        return refused(events)
    done = sum(
        item(one).get("type") in DONE for one in events if one.get("type") == "item.completed"
    )
    return {"protocol": 1, "report": report, "usage": {"turns": done}}


def refused(events: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    said = " ".join(
        str(one) for one in events if one.get("type") in ("error", "turn.failed")
    ).lower()
    kind = next((kind for kind, words in LIMITS if any(word in said for word in words)), None)
    return {"protocol": 1, "error": {"kind": kind}} if kind else None


def item(event: dict[str, Any]) -> dict[str, Any]:
    found = event.get("item")
    return found if isinstance(found, dict) else {}


def log(events: Iterable[dict[str, Any]]) -> Iterable[str]:
    for event in events:
        if event.get("type") in ("error", "turn.failed"):
            yield str(event)[:SHOWN]
        elif event.get("type") == "item.completed":
            found = item(event)
            yield f"{found.get('type')} {found.get('command') or found.get('text') or ''}"[:SHOWN]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
