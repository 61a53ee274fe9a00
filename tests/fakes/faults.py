"""What can go wrong with a call. Each body holds the canary, which may appear in no answer of ours
but as the value of a field that strangers write."""

from dataclasses import replace

from .loopback import answer
from .odd_bodies import ODD_BODIES
from .odd_json import ODD_JSON
from .redirects import REDIRECTS
from .upstream import CANARY, GOOD, Fault, Play, Scene, passed_on

PAGE = f"<!doctype html><h1>{CANARY}</h1>".encode()
DETAIL = {"detail": CANARY}
HTML = "text/html; charset=utf-8"
DOUBT, SLOW, BROKEN = ("outcome_unknown",), ("deadline_exceeded",), ("unreachable",)
FAILED, NO_API, ODD = ("upstream_failure",), ("unsupported",), ("bad_answer",)
RATE = ("rate_limited",)


def saying(status: int, body: object, *, kind: str = "application/json", **headers: str) -> Play:
    """One answer, and nothing is done."""
    return sending(answer(status, body, headers=headers, content_type=kind))


def sending(raw: bytes) -> Play:
    async def play(scene: Scene) -> None:
        await scene.line.send(raw)

    return play


async def hang(scene: Scene) -> None:
    await scene.line.hang()


async def apply_and_hang(scene: Scene) -> None:
    await scene.forward()
    await scene.line.hang()


async def drip(scene: Scene) -> None:
    await scene.line.drip(passed_on(await scene.forward()), every_s=0.1)


async def continue_for_ever(scene: Scene) -> None:
    await scene.line.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", every_s=0.02)


async def reset(scene: Scene) -> None:
    await scene.line.reset()


async def apply_and_reset(scene: Scene) -> None:
    await scene.forward()
    await scene.line.reset()


async def half_a_body(scene: Scene) -> None:
    whole = passed_on(await scene.forward())
    await scene.line.send(whole[: len(whole) - len(whole) // 4])


async def cut_json(scene: Scene) -> None:
    found = await scene.forward()
    await scene.line.send(answer(200, found.content[: len(found.content) // 2]))


async def page(scene: Scene) -> None:
    await scene.forward()
    await scene.line.send(answer(200, PAGE, content_type=HTML))


async def apply_and_fail(scene: Scene) -> None:
    await scene.forward()
    await scene.line.send(answer(504, PAGE, content_type=HTML))


async def nothing(scene: Scene) -> None:
    await scene.forward()
    await scene.line.send(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


CLOCK = (
    Fault("hang", hang, SLOW, DOUBT, waits=True),
    Fault("hang after applying", apply_and_hang, SLOW, only="write", waits=True),
    Fault("slow drip", drip, SLOW, waits=True),
    Fault("100 for ever", continue_for_ever, SLOW, DOUBT, waits=True),
)
CONNECTION = (
    Fault("reset", reset, BROKEN, DOUBT),
    Fault("reset after applying", apply_and_reset, BROKEN),
    Fault("half a body", half_a_body, BROKEN),
    Fault("no HTTP", sending(f"SSH-2.0-{CANARY}\r\n\r\n".encode()), BROKEN, DOUBT),
    Fault("noise", sending(bytes(range(256)) * 8), BROKEN, DOUBT),
    Fault(
        "headers of megabytes",
        sending(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 2**21 + b"\r\n\r\n{}"),
        BROKEN,
        DOUBT,
    ),
)
TOO_MANY = f"You are attempting to use this endpoint too frequently. {CANARY}"
WINDOW = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": "1"}
STATUS = (
    Fault("429 with Retry-After", saying(429, DETAIL, **{"Retry-After": "0"}), RATE, RATE, True),
    Fault("429 without", saying(429, CANARY), RATE, RATE, refuses=True),
    Fault(
        "429 as Sentry writes it",
        saying(429, {"detail": TOO_MANY}, kind="text/html", **WINDOW),
        RATE,
        RATE,
        refuses=True,
    ),
    Fault("429 for an hour", saying(429, DETAIL, **{"Retry-After": "3600"}), RATE, RATE, True),
    Fault("500", saying(500, {"detail": "Internal Error", "errorId": CANARY}), FAILED, FAILED),
    Fault("502 page", saying(502, PAGE, kind=HTML), FAILED, DOUBT),
    Fault("503 for an hour", saying(503, DETAIL, **{"Retry-After": "3600"}), FAILED, DOUBT),
    Fault("503 for ages", saying(503, PAGE, **{"Retry-After": "9" * 400}), FAILED, DOUBT),
    Fault("504 after applying", apply_and_fail, FAILED, only="write"),
    Fault("999", saying(999, DETAIL), FAILED, FAILED),
    Fault("304", saying(304, b""), FAILED, FAILED),
    Fault("204", nothing, ODD),
    Fault("200 page", page, NO_API),
    Fault("401", saying(401, DETAIL), ("unauthorized",), ("unauthorized",)),
    Fault("403", saying(403, DETAIL), ("forbidden",), ("forbidden",)),
    Fault("404", saying(404, DETAIL), ("not_found",), ("not_found",)),
    Fault("404 page", saying(404, PAGE, kind=HTML), NO_API, NO_API),
    Fault("410", saying(410, {"message": CANARY}), ("retired",), ("retired",)),
    Fault("410 twice", saying(410, DETAIL), (GOOD,), times=2, tries=3),
    Fault(
        "422",
        saying(422, {"detail": [{"loc": ["body", CANARY], "msg": CANARY, "type": "missing"}]}),
        ("rejected",),
        ("rejected",),
    ),
    Fault("cut JSON", cut_json, ODD),
)
ONCE = (*STATUS, *ODD_BODIES, *ODD_JSON, *REDIRECTS)
FAULTS = (*CLOCK, *CONNECTION, *(replace(one, any_turn=False) for one in ONCE))

BY_NAME = {one.name: one for one in FAULTS}
