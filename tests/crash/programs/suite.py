"""Runs the tests of the folder it is started in; the exit code tells. `suite.py MARKS`; where
MARKS/slow is, it starts a child and does not end by itself."""

import runpy
import sys
from pathlib import Path


def main(marks: Path) -> None:
    if (marks / "slow").exists():
        sys.path.insert(0, str(Path(__file__).parent))
        runpy.run_path(str(Path(__file__).with_name("agent.py")))["dawdle"](marks)
    sys.path.insert(0, str(Path.cwd()))
    for path in sorted(Path.cwd().glob("test_*.py")):
        for name, value in runpy.run_path(str(path)).items():
            if name.startswith("test_"):
                value()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
