"""Lives of issues, as Sentry tells them: some copied, in any order, each news with its moment."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from fakes.webhooks import issue_event
from modules.jobs.deliveries import delivery_id

from .ground import webhook

COPIES: Final = 0.3  # of all deliveries
PATHS: Final = ("/webhooks/sentry", "/api/sentry/webhook")
# What is told of an issue, turn after turn; within a turn in any order.
LIFE: Final = (
    (("created", "new"), ("unresolved", "escalating")),
    (("resolved", ""),),
    (("unresolved", "regressed"), ("unresolved", "escalating")),
    (("resolved", ""),),
    (("unresolved", "regressed"),),
)
GENERATIONS: Final = 3  # of an issue that is filed anew each time that it comes back
NEWS: Final = sum(map(len, LIFE))
MARKER: Final = "<!-- sentry-monitor:issue {host}/acme/{issue} generation {generation} -->"
# Of the project p0 a regression is a new issue; in p1 the old one is opened again.
RULES: Final = "[projects.p0.tracker]\nnew_issue_on_regression = true\n"


@dataclass(frozen=True)
class Told:
    """One delivery: its id in the inbox, the request, and whether it is a comment in the tracker,
    whatever came before it in its turn."""

    id: str
    raw: bytes
    speaks: bool


def lives(random: Random, count: int) -> list[list[Told]]:
    """About `count` deliveries, by turns: who tells a turn lets the one before be decided first.
    Of p1, whose issues have one generation, all comes in any turn."""
    turns: list[list[Told]] = [[] for _ in LIFE]
    for issue in range(issues_in(count)):
        for turn, told in _of(issue):
            place = turn if issue % 2 == 0 else random.randrange(len(LIFE))
            one = _told(issue, told, random)
            turns[place].append(one)
            if random.random() < COPIES / (1 - COPIES):
                turns[random.randrange(place, len(LIFE))].append(one)
    for turn_ in turns:
        random.shuffle(turn_)
    return turns


def issues_in(count: int) -> int:
    return max(2, round(count * (1 - COPIES) / NEWS))


def expected(host: str, issues: int) -> set[str]:
    """The markers of what is to be tracked."""
    return {
        MARKER.format(host=host, issue=number(issue), generation=generation)
        for issue in range(issues)
        for generation in range(1, 1 + (GENERATIONS if issue % 2 == 0 else 1))
    }


def number(issue: int) -> str:
    """Its id in Sentry."""
    return str(issue + 1000)


def _of(issue: int) -> Sequence[tuple[int, tuple[str, str, int]]]:
    """Turn, action, substatus and the second in which it happened."""
    begun = int(time.time()) - 3600 + issue
    second, found = 0, []
    for turn, news in enumerate(LIFE):
        for action, substatus in news:
            second += 1
            found.append((turn, (action, substatus, begun + second)))
    return found


def _told(issue: int, told: tuple[str, str, int], random: Random) -> Told:
    action, substatus, at = told
    project = {"id": str(issue % 2 + 1), "slug": f"p{issue % 2}"}
    # The count makes each body another one.
    body = issue_event(
        number(issue), action, substatus=substatus, project=project, count=str(at % 10_000)
    )
    raw = webhook(body, "issue", path=random.choice(PATHS), at=at)
    speaks = action == "resolved" and issue % 2 == 0
    return Told(delivery_id("webhook", "issue", body), raw, speaks)
