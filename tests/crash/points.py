"""Where a process is killed: before, during or after a named call of a port."""

from dataclasses import dataclass
from typing import Final, Literal

from modules.autofix.job import Stage


@dataclass(frozen=True, kw_only=True)
class Point:
    """`port` is a member of Ports; `database` dies at a commit of the worker's own rows, `outside`
    at any moment. The n-th such call counts; with `spread`, each run takes the next n."""

    name: str
    port: str
    method: str = ""
    when: Literal["before", "during", "after"] = "after"
    stage: Stage | None = None  # that the saved job has come to
    nth: int = 1
    spread: int = 1
    slow: bool = False  # the program that it starts does not end by itself

    def at(self, run: int) -> int:
        return self.nth + run % self.spread


def _saved(name: str, when: Literal["before", "after"], stage: Stage) -> Point:
    return Point(name=name, port="ledger", method="save", when=when, stage=stage)


def _noted(name: str, when: Literal["before", "after"], nth: int) -> Point:
    return Point(name=name, port="issues", method="add_note", when=when, nth=nth)


RUNNING: Final = Point(
    name="the tests run", port="checks", method="run", when="during", spread=4, slow=True
)
POINTS: Final = (
    Point(name="gathered, before it is saved", port="issues", method="gather"),
    Point(name="during the fetch", port="repository", method="fetch", when="during"),
    _saved("screened and saved", "after", Stage.BRANCH),
    _noted("before the note investigating", "before", 1),
    _noted("investigating is noted, not recorded", "after", 1),
    Point(name="the agent runs", port="agent", method="run", when="during", slow=True),
    Point(name="the agent ended, before the commit", port="agent", method="run"),
    Point(name="during the commit", port="repository", method="commit", when="during"),
    _saved("committed, before it is saved", "before", Stage.GUARD),
    _saved("guarded and saved", "after", Stage.PROVE),
    _noted("applying is noted, not recorded", "after", 2),
    RUNNING,
    _noted("reproduced is noted, not recorded", "after", 3),
    _saved("proven, before it is saved", "before", Stage.PUBLISH),
    Point(name="before the push", port="repository", method="push", when="before"),
    Point(name="during the push", port="repository", method="push", when="during"),
    Point(name="pushed, before the proposal", port="forge", method="propose", when="before"),
    Point(name="proposed, before it is saved", port="forge", method="propose"),
    _noted("the end is noted, before it is saved", "after", 4),
    _saved("the end is saved, the run is not over", "after", Stage.DONE),
    Point(name="rows are written, before the commit", port="database", spread=24),
    Point(name="any moment, from outside", port="outside"),
)
ACCEPTING: Final = (
    Point(name="accept: the row is written, no run", port="queue", when="before"),
    Point(name="accept: row and run, before the commit", port="database"),
    Point(name="accept: committed, nobody is told", port="accept"),
)
