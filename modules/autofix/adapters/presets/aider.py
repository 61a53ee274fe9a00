"""`python -I -S aider.py MODEL AIDER...` answers one request of our command protocol with a run of
aider. It is a program, run by path, inside the sandbox. https://aider.chat/docs/scripting.html

Aider has no structured answer, so the model is asked to write the report into a file of the
worktree, which is taken away again."""

import json
import re
import subprocess  # noqa: TID251 - it is the child process that starts the agent
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPORT = "autofix-report.json"
COST = re.compile(r"Cost: \$[\d.,]+ message, \$([\d.,]+) session")
LIMITS = (("usage_limit", ("RateLimitError",)), ("auth", ("AuthenticationError",)))


def main(model: str, aider: Sequence[str]) -> int:
    """Its exit code, where it gives no answer."""
    request = json.load(sys.stdin)
    report = Path(request["cwd"]) / REPORT
    with tempfile.TemporaryDirectory() as folder:
        message = Path(folder) / "message.txt"
        message.write_text(prompt(request))
        ran = subprocess.run(  # noqa: S603 - the operator's program
            (*aider, *arguments(model, message, folder)),
            cwd=request["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
    said = ran.stdout.decode("utf-8", "replace")
    sys.stderr.write(said)
    answer = answered(said, taken(report))
    if answer is None:
        return ran.returncode or 1
    json.dump(answer, sys.stdout)
    return 0


def arguments(model: str, message: Path, folder: str) -> list[str]:
    """Nothing is committed, asked, looked up or kept."""
    kept = [f"--{name}={folder}/{name}" for name in ("input-history-file", "chat-history-file")]
    return [
        *("--model", f"openai/{model}", "--message-file", str(message), "--yes-always"),
        *(
            "--no-auto-commits",
            "--no-dirty-commits",
            "--no-gitignore",
            "--no-suggest-shell-commands",
        ),
        *("--no-check-update", "--no-analytics", "--no-show-release-notes", "--no-detect-urls"),
        *("--no-show-model-warnings", "--no-pretty", "--no-stream", "--no-fancy-input", *kept),
    ]


def prompt(request: dict[str, Any]) -> str:
    plan = "Change no other file. " if request["plan_only"] else ""
    schema = json.dumps(request["report_schema"])
    last = f"{plan}At last write your report into the new file {REPORT}, as JSON of this schema: {schema}"
    parts = (f"Nobody answers questions. {last}", request["prompt"], request["previous_failure"])
    return "\n\n".join(part for part in parts if part)


def taken(path: Path) -> Any:
    """The report, which does not stay; None where there is none."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    finally:
        path.unlink(missing_ok=True)


def answered(said: str, report: Any) -> dict[str, Any] | None:
    costs = COST.findall(said)
    usage = {"usd": float(costs[-1].replace(",", ""))} if costs else {}
    if report is not None:
        return {"protocol": 1, "report": report, "usage": {**usage, "turns": len(costs)}}
    kind = next((kind for kind, words in LIMITS if any(word in said for word in words)), None)
    return {"protocol": 1, "error": {"kind": kind}} if kind else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
