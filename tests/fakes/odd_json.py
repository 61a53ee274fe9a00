"""JSON that is not what the API documents: of another shape, with other values, or hardly JSON."""

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from .loopback import answer
from .upstream import CANARY, GOOD, Fault, Play, Scene, headers_of
from .values import all_null

ODD = ("bad_answer",)
EITHER = (GOOD, "bad_answer")
Spoil = Callable[[Any, Random], Any]
NAN, INFINITE, HUGE = float("nan"), float("inf"), 10**400


def spoiling(spoil: Spoil, seed: int = 0) -> Play:
    """The good answer with other values."""
    return writing(lambda good, random: json.dumps(spoil(good, random)).encode(), seed)


def writing(write: Callable[[Any, Random], bytes], seed: int = 0) -> Play:
    """The good answer, written otherwise."""

    async def play(scene: Scene) -> None:
        found = await scene.forward()
        body = write(found.json(), scene.random(seed))
        await scene.line.send(answer(200, body, headers=headers_of(found)))

    return play


def leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same shape with each leaf changed; what is empty is a leaf."""
    if isinstance(value, dict) and value:
        return {key: leaves(inner, change) for key, inner in value.items()}
    if isinstance(value, list) and value:
        return [leaves(inner, change) for inner in value]
    return change(value)


def other_type(value: Any, random: Random) -> Any:
    choices: tuple[Any, ...] = (f"{CANARY} [x](y)", 1.5, -7, True, None, [value], {"a": value})
    return random.choice([one for one in choices if type(one) is not type(value)])


def each(part: float, change: Spoil) -> Spoil:
    """About that part of the leaves changed."""

    def spoil(good: Any, random: Random) -> Any:
        def one(value: Any) -> Any:
            return change(value, random) if random.random() < part else value

        return leaves(good, one)

    return spoil


def half_gone(good: Any, random: Random) -> Any:
    """Half of the keys, at any depth, are missing."""
    if isinstance(good, dict):
        return {k: half_gone(v, random) for k, v in good.items() if random.random() < 0.5}
    return [half_gone(inner, random) for inner in good] if isinstance(good, list) else good


def deep(value: Any, random: Random) -> Any:
    for _ in range(random.choice((20, 150, 900))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def no_number(value: Any, random: Random) -> Any:
    return random.choice((NAN, INFINITE, -INFINITE, HUGE, -HUGE, 1e300))


def always(value: Any) -> Spoil:
    return lambda good, random: value


def other_container(good: Any, random: Random) -> Any:
    return {"a": good} if isinstance(good, list) else [good]


def with_text(good: Any, text: str) -> Any:
    """A text behind those that strangers write, and under a key that nobody knows."""
    if isinstance(good, dict):
        told = {key: with_text(value, text) for key, value in good.items()}
        strange = {key: f"{told[key]}{text}" for key in STRANGE & good.keys() if good[key]}
        return {**told, **strange, f"new {text}": text}
    return [with_text(inner, text) for inner in good] if isinstance(good, list) else good


STRANGE = frozenset({"title", "culprit", "value", "message"})


def raw_bytes(raw: bytes) -> Play:
    """Bytes within the texts, that JSON or UTF-8 does not know."""
    mark = "a mark"
    return writing(
        lambda good, random: json.dumps(with_text(good, mark)).encode().replace(mark.encode(), raw)
    )


def twice(good: Any, random: Random) -> bytes:
    """Every key twice, first with what is wrong: the last one counts."""
    if isinstance(good, dict):
        pairs = [
            f"{json.dumps(key)}: {wrong}".encode()
            for key, value in good.items()
            for wrong in (json.dumps(CANARY), twice(value, random).decode())
        ]
        return b"{" + b", ".join(pairs) + b"}"
    if isinstance(good, list):
        return b"[" + b", ".join(twice(one, random) for one in good) + b"]"
    return json.dumps(good).encode()


def another_page(name: Callable[[Scene], str]) -> Play:
    """The good answer, which says that there is more."""

    async def play(scene: Scene) -> None:
        found = await scene.forward()
        more = f'<{scene.elsewhere}/>; rel="next"; results="true"; cursor="{name(scene)}"'
        headers = {**headers_of(found), "Link": more}
        await scene.line.send(answer(200, found.content, headers=headers))

    return play


def _next(scene: Scene) -> str:
    """The one after the page that was asked for."""
    asked = re.search(r"cursor=0%3A(\d+)", scene.seen.target)
    return f"0:{int(asked[1]) + 100 if asked else 100}:0"


SEEDED: dict[str, tuple[Spoil, int]] = {
    "every leaf of another type": (each(1.0, other_type), 2),
    "some leaves of another type": (each(0.2, other_type), 3),
    "some nulls": (each(0.3, lambda value, random: None), 3),
    "half of the keys": (half_gone, 2),
    "a few deep leaves": (each(0.2, deep), 1),
    "a few numbers that are none": (each(0.2, no_number), 1),
}


def _odd_json() -> Iterator[Fault]:
    for name, body in (("a string", CANARY), ("a number", 7), ("null", None)):
        yield Fault(f"{name} for JSON", spoiling(always(body)), ODD)
    yield Fault("a list of strings", spoiling(always([CANARY])), ODD)
    yield Fault("another container", spoiling(other_container), ODD)
    yield Fault("nulls", spoiling(lambda good, random: all_null(good)), ODD)
    for name, (spoil, seeds) in SEEDED.items():
        for seed in range(1, seeds + 1):
            yield Fault(f"{name}, seed {seed}", spoiling(spoil, seed), EITHER)
    yield Fault("a new page for ever", another_page(_next), (GOOD,))
    yield Fault("the same page for ever", another_page(lambda scene: "0:100:0"), (GOOD,))
    yield Fault("no UTF-8", raw_bytes(b"\xff\xc0\xaf"), (GOOD,))
    yield Fault("lone surrogates", raw_bytes(rb"\ud83d \udc00"), (GOOD,))
    yield Fault("bare control characters", raw_bytes(b"\x00\x1b[2J"), ODD)
    yield Fault("every key twice", writing(twice), (GOOD,))
    yield Fault("a mark before it", writing(_marked), ODD)
    yield Fault("100,000 brackets", writing(lambda good, random: b"[" * 10**5 + b"]" * 10**5), ODD)


def _marked(good: Any, random: Random) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(good).encode()


ODD_JSON = tuple(_odd_json())
