"""Stands in for a coding agent: it replays a right fix. `agent.py MARKS`; where MARKS/slow is, it
starts a child and does not end by itself."""

import json
import subprocess
import sys
import time
from pathlib import Path

FIXED = "def average(values):\n    return sum(values) / len(values) if values else 0.0\n"
TEST = """from calc import average


def test_nothing_has_an_average():
    assert average([]) == 0.0
"""


def main(marks: Path) -> None:
    json.load(sys.stdin)
    if (marks / "slow").exists():
        dawdle(marks)
    report = {
        "classification": "code_fix",
        "root_cause": "average divides by the number of values, which may be 0.",
        "explanation": "An empty list has no values to divide by; its average is 0.",
        "confidence": 0.9,
        "changed_files": ["calc.py"],
        "test_files": ["test_nothing.py"],
    }
    files = [
        {"path": "calc.py", "content": FIXED},
        {"path": "test_nothing.py", "content": TEST},
    ]
    answer = {"protocol": 1, "report": report, "files": files, "usage": {"usd": 0.01, "turns": 1}}
    json.dump(answer, sys.stdout)


def dawdle(marks: Path) -> None:
    sleep = "import time; time.sleep(120)"
    subprocess.Popen([sys.executable, "-I", "-S", "-c", sleep, str(marks)])
    (marks / "started").touch()
    time.sleep(120)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
