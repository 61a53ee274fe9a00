"""The course of one run: what the agent has used, done and reported, and whether it has to end."""

import asyncio
import math
from typing import Final

from modules.autofix.job import Report

LINES: Final = 2000
SAID: Final = 500  # characters of one line
REFUSED: Final = (401, 403)
OK: Final = 200
NO_LOGIN: Final = "The agent is not logged in, or its key is refused (docs/agents.md)."


class Course:
    """Told of all that happens; `over` is set once the run has to end, `reported` by a report.

    A turn is an answer of the model. The gateway counts them where it carries the model's API
    (`metered`); where it does not, they are counted by what the agent tells.
    """

    def __init__(self, *, turns: int, usd: float, metered: bool) -> None:
        self._caps, self._metered = (turns, usd), metered
        self._answers, self._spoken, self._between = 0, 0, True
        self.over, self.reported = asyncio.Event(), asyncio.Event()
        self.report: Report | None = None
        self.usd: float | None = None  # None while nobody tells
        self.status = OK  # of the last answer of the model's API
        self.capped = ""  # "", max_turns, max_budget
        self.lines: list[str] = []

    @property
    def turns(self) -> int:
        return self._answers if self._metered else self._spoken

    @property
    def free_of_charge(self) -> bool:
        """The model never answered."""
        return self._metered and self._answers == 0

    @property
    def refused(self) -> bool:
        return self.status in REFUSED

    @property
    def ended_by(self) -> tuple[str, str]:
        """The reason, and its sentence, of what is over."""
        if self.refused:
            return "auth", NO_LOGIN
        return self.capped, f"It came to its limit: {self.capped}."

    def answered(self, status: int) -> None:
        """By the model's API. Where it refuses the key, agents would try again for minutes."""
        self.status = status
        if status == OK:
            self._answers += 1
            self._look()
        elif self.refused:
            self.over.set()

    def said(self, text: str) -> None:
        self._speaks()
        if self.lines and self.lines[-1].startswith(". ") and len(self.lines[-1]) < SAID:
            self.lines[-1] += text[:SAID]  # it comes in pieces
        else:
            self.note(f". {text}")

    def called(self, tool: str) -> None:
        self._speaks()
        self.note(f"> {tool}")

    def tool_ended(self, tool: str, *, well: bool) -> None:
        self._between = True
        if not well:
            self.note(f"! {tool} failed")

    def cost(self, amount: float, currency: str) -> None:
        """Of the whole session up to now."""
        if currency == "USD" and math.isfinite(amount) and amount >= 0:
            self.usd = max(self.usd or 0.0, amount)
            self._look()

    def reports(self, report: Report) -> None:
        """The last one counts."""
        self.report = report
        self.reported.set()

    def note(self, line: str) -> None:
        if len(self.lines) < LINES:
            self.lines.append(line[:SAID])

    def _speaks(self) -> None:
        """The first word after the tools' results is a new answer of the model."""
        if self._between:
            self._spoken, self._between = self._spoken + 1, False
            self._look()

    def _look(self) -> None:
        """What goes beyond a cap has begun already, so one answer may overshoot."""
        turns, usd = self._caps
        if self.turns > turns:
            self.capped = "max_turns"
        elif self.usd is not None and self.usd > usd:
            self.capped = "max_budget"
        if self.capped:
            self.over.set()
