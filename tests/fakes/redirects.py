"""A server that points somewhere else: in a circle, to other hosts, to what is no address."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from .loopback import answer
from .upstream import CANARY, GOOD, Fault, Play, Scene, passed_on

STATUSES = (301, 302, 303, 307, 308)
REFUSED = ("redirect_refused",)
LOST = ("outcome_unknown",)  # 303 says: it is done, look there
ANSWERED = ("not_found", "unsupported", GOOD)
Place = Callable[[str, str], str]
"""A Location out of the host and port of the server, and of the host elsewhere."""

PLACES: dict[str, tuple[Place, tuple[int, ...]]] = {
    "in a circle": (lambda own, other: "?", STATUSES),
    "to another host": (lambda own, other: f"http://{other}/api/0/", STATUSES),
    "to another host with TLS": (lambda own, other: f"https://{other}/api/0/", (302, 307)),
}
TRICKS: dict[str, Place] = {
    "without a scheme": lambda own, other: f"//{other}/api/0/",
    "with ourselves as the user": lambda own, other: f"http://{own}@{other}/",
    "to a name of ours": lambda own, other: f"http://localhost:{other.partition(':')[2]}/",
    "to ourselves with TLS": lambda own, other: f"https://{own}/api/0/",
    "to garbage": lambda own, other: f"http://[::{CANARY}",
    "to nowhere": lambda own, other: "",
}
# Readers of addresses differ on these. Whoever goes there must get to ourselves.
RIDDLES: dict[str, Place] = {
    "with two users": lambda own, other: f"http://a@{other}@{own}/",
    "with a backslash": lambda own, other: f"http://{other}\\@{own}/",
    "with slashes turned": lambda own, other: f"\\\\{other}\\api",
}


def pointing(status: int, place: Place, *, apply: bool = False) -> Play:
    async def play(scene: Scene) -> None:
        own, other = scene.seen.headers["host"], urlsplit(scene.elsewhere).netloc
        if apply:
            await scene.forward()
        to = {"Location": place(own, other)}
        await scene.line.send(answer(status, CANARY, headers=to, content_type="text/html"))

    return play


async def one_step(scene: Scene) -> None:
    """To the same place under a name that tells what was asked, and the answer from there."""
    if "moved=" in scene.seen.target:
        await scene.line.send(passed_on(await scene.forward()))
        return
    mark = "&moved=1" if "?" in scene.seen.target else "?moved=1"
    where = scene.seen.target + mark
    await scene.line.send(answer(307, b"", headers={"Location": where}))


def _redirects() -> Iterator[Fault]:
    for name, (place, statuses) in PLACES.items():
        for status in statuses:
            write = LOST if status == 303 else REFUSED
            yield Fault(f"{status} {name}", pointing(status, place), REFUSED, write)
    for name, place in TRICKS.items():
        yield Fault(f"302 {name}", pointing(302, place), REFUSED, REFUSED)
    for name, place in RIDDLES.items():
        yield Fault(f"302 {name}", pointing(302, place), (*REFUSED, *ANSWERED), REFUSED)
    seen_other = pointing(303, PLACES["in a circle"][0], apply=True)
    yield Fault("303 after applying", seen_other, REFUSED, only="write")
    yield Fault("307 to where it is now", one_step, (GOOD,), only="read")


REDIRECTS = tuple(_redirects())
