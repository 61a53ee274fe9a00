"""Plant every kind in every field in every surrounding, and look for it in all that leaves."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from modules.safetext.policy import Policy
from modules.safetext.sinks import for_agent, for_data, for_line, for_markdown
from unit.safetext.planted import Planted

from . import surroundings
from .door import Answer, knowing, leaving, refusing
from .fields import FIELDS, upstream
from .forms import WINDOW, every_form, short_cores, windows

FORMS: Final = tuple(every_form())
SURROUNDINGS: Final = tuple(surroundings.ALL.items())
STATUSES: Final = (400, 401, 402, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504)
BROKEN: Final = 200  # a good status with a body that is none
HERE: Final = "application/json"
TERMINALS: Final = 4  # of so many answers one is shown on a terminal: it shows the text's cells


@dataclass
class Tally:
    """What was planted and looked through, and each leak in words that hold no secret."""

    planted: int = 0
    renderings: int = 0
    redacted: int = 0  # renderings that say of something that it was redacted
    leaks: Counter[str] = field(default_factory=Counter)

    def look(self, where: str, text: str, sought: Sequence[tuple[str, Planted]]) -> None:
        self.renderings += 1
        self.redacted += "[redacted:" in text
        parts = _parts(text)
        for place, one in sought:
            whole = any(stands_in(text, core) for core in short_cores(one))
            if whole or not parts.isdisjoint(windows(one)):
                self.leaks[f"{one.kind} | {place} | {where}"] += 1


def stands_in(text: str, core: str) -> bool:
    """Whether a short core is seen. A few digits also occur by chance, in times and in random ids:
    of those it counts where they stand for themselves."""
    if not core.isdigit():
        return core in text
    return re.search(rf"(?<![0-9A-Za-z])(?<!\d\.){core}(?![0-9A-Za-z])", text) is not None


def _parts(text: str) -> set[str]:
    return {text[at : at + WINDOW] for at in range(len(text))}


Share = tuple[int, int]  # (3, 10): of all combinations the ones with the remainder 3 by 10
ALL_OF_THEM: Final[Share] = (0, 1)


def share_of(count: int, share: Share) -> range:
    return range(share[0], count, share[1])


async def through_operations(tally: Tally, share: Share = ALL_OF_THEM) -> None:
    """Each answer has another pair of kind and surrounding in each of its fields; after all of
    them each field had each pair."""
    for number in share_of(len(FORMS) * len(SURROUNDINGS), share):
        values, sought = filled(number)
        tally.planted += len(sought)
        terminal = number // share[1] % TERMINALS == 0
        await _through(tally, knowing(upstream(values)), sought, terminal=terminal)


def filled(number: int) -> tuple[dict[str, Any], list[tuple[str, Planted]]]:
    first, turn = number % len(FORMS), number // len(FORMS)
    values, sought = {}, []
    for at, one in enumerate(FIELDS):
        form = FORMS[(first + at) % len(FORMS)]
        name, surround = SURROUNDINGS[(turn + at) % len(SURROUNDINGS)]
        values[one.name] = surround(form.text, one.cap)
        sought.append((f"{one.name}, {name}", form))
    return values, sought


async def through_errors(tally: Tally, share: Share = ALL_OF_THEM) -> None:
    """Each kind in the bodies that come with each status, and in bodies that cannot be read."""
    cases = [(form, status) for form in FORMS for status in (*STATUSES, BROKEN)]
    for number in share_of(len(cases), share):
        form, status = cases[number]
        bodies = _broken(form.text) if status == BROKEN else _bodies(form.text)
        kind, body = bodies[number % len(bodies)]
        tally.planted += 1
        answer = refusing(status, body.encode(), kind)
        await _through(tally, answer, [(f"body of a {status}", form)])


def _bodies(text: str) -> list[tuple[str, str]]:
    return [
        (HERE, json.dumps({"detail": f"Refused: {text}"})),
        (HERE, json.dumps({text: ["This field is wrong."], "status": [text]})),
        (HERE, json.dumps({"detail": [{"loc": ["body", text], "msg": text, "type": text}]})),
        (HERE, json.dumps([text])),
        ("text/html", f"<html><h1>{text}</h1></html>"),
        ("text/plain", text),
    ]


def _broken(text: str) -> list[tuple[str, str]]:
    return [
        (HERE, json.dumps({"detail": text})[:-2]),
        (HERE, json.dumps({"id": text, "eventID": {"x": text}, "slug": text, "data": text})),
        (HERE, json.dumps([{"id": text}, text])),
        (HERE, json.dumps(text)),
        ("text/html", f"<html>{text}</html>"),
    ]


async def _through(
    tally: Tally, answer: Answer, sought: list[tuple[str, Planted]], *, terminal: bool = True
) -> None:
    async for one in leaving(answer, terminal=terminal):
        tally.look(f"{one.operation} {one.way}", one.text, sought)


def through_sinks(tally: Tally, share: Share = ALL_OF_THEM) -> None:
    """Each kind alone in each surrounding, so that no other secret helps to find it."""
    for number in share_of(len(FORMS) * len(SURROUNDINGS), share):
        form = FORMS[number % len(FORMS)]
        name, surround = SURROUNDINGS[number // len(FORMS)]
        for cap in (160, 1000):
            tally.planted += 1
            for sink, text in _sunk(surround(form.text, cap), cap):
                tally.look(sink, text, [(name, form)])


def _sunk(value: Any, cap: int) -> Iterator[tuple[str, str]]:
    policy = Policy(default_cap=cap, caps={})
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    for way, one in (("data", value), ("data as text", text)):
        data = for_data({"note": one}, origin="test", policy=policy)
        yield way, json.dumps(data, ensure_ascii=False)
    yield "agent", for_agent(text, origin="test")
    yield "line", for_line(text, cap)
    yield "Markdown", for_markdown(text, cap)


def told(tallies: Iterable[tuple[str, Tally]]) -> list[str]:
    """The figures, a line each."""
    kinds = len({form.kind for form in FORMS})
    lines = [
        f"{kinds} kinds in {len(FORMS)} forms, {len(FIELDS)} fields, "
        f"{len(SURROUNDINGS)} surroundings"
    ]
    for name, tally in tallies:
        lines.append(
            f"{name}: {tally.planted:,} planted, {tally.renderings:,} renderings, "
            f"{sum(tally.leaks.values()):,} leaks"
        )
        lines += [f"  {count} x {leak}" for leak, count in tally.leaks.most_common(25)]
    return lines
