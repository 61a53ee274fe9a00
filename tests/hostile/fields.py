"""Where hostile text is put, and upstream answers that hold it in many places at once."""

import codecs
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Final

from fakes.sender import Answer
from fakes.values import EVENT_ID, places
from modules.outbound.messages import Reply, Request

from .documents import ISSUE, ORG, SHOP, documents
from .grammar import FAMILIES, Payload, a_payload

Json = dict[str, Any]
Answers = Mapping[str, Reply | Answer | Exception]
Path = tuple[Any, ...]
# How many places of each document are spoilt in a case: of events there is most to say.
SHARES: Final[Mapping[str, int]] = {"event": 34, "issue": 20}
VITAL: Final = 3  # of those whose loss takes others with it
ENDLESS: Final = 60_000
STATUSES: Final = (400, 401, 403, 404, 409, 429, 500, 502)
# Names and addresses that the server gives itself, checked for their form before they are told as
# facts. A sentence there must not get through, nor a word without end; a short word does, by design.
OWN: Final = frozenset(
    (
        "id", "groupID", "projectID", "shortId", "slug", "permalink", "regionUrl",
        "substatus", "platform", "current", "scopes", "settings",
        "link", "x-hits", "x-sentry-rate-limit-reset",
    )
)  # fmt: skip


IDS: Final = frozenset({("issue", "id"), ("project", "id"), ("project", "slug")})


@dataclass(frozen=True)
class Field:
    """A place in a document, or a new key there. `vital`: without it others are not looked at."""

    path: Path
    key: bool = False
    vital: bool = False

    @property
    def name(self) -> str:
        return ".".join(map(str, self.path)) + (".<key>" if self.key else "")

    @property
    def own(self) -> bool:
        """Whether the server itself fills it."""
        return not self.key and bool(OWN & set(self.path))


@dataclass(frozen=True)
class Case:
    """One set of upstream answers and what is hidden in it."""

    seed: int
    number: int
    placed: tuple[tuple[Field, Payload], ...]
    documents: Json
    raw_bytes: bool

    @property
    def payloads(self) -> list[Payload]:
        return [payload for _, payload in self.placed]

    @cached_property
    def bodies(self) -> Mapping[str, bytes]:
        """Each document as it comes over the wire."""
        return {
            name: encoded(one, raw_bytes=self.raw_bytes) for name, one in self.documents.items()
        }

    def answers(self) -> dict[str, Answer]:
        """Fresh ones for each call: a change is remembered."""
        return answers(self)

    def refusals(self, status: int, *, all_of_them: bool) -> dict[str, Answer]:
        """The same server, failing with a hostile body and headers."""
        body = encoded(_complaint(self.payloads, status), raw_bytes=self.raw_bytes)
        headers = {**self.headers, "retry-after": self.payloads[1].text}
        headers["content-type"] = "text/html" if status == 502 else "application/json"
        refused = Reply(status, headers, body)
        fine = () if all_of_them else (SHOP, ORG)
        good = self.answers()
        return {path: good[path] if path in fine else (lambda _: refused) for path in good}

    @property
    def headers(self) -> dict[str, str]:
        told = {name: str(value) for name, value in self.documents["headers"].items()}
        cursor = told["link"]
        told["link"] = f'<https://x/>; rel="next"; results="true"; cursor="{cursor}"'
        return {"content-type": "application/json", **told}


def _fields() -> Iterator[Field]:
    for path in places(documents()):
        inside: Any = documents()
        for step in path:
            inside = inside[step]
        if isinstance(inside, dict):
            yield Field(path, key=True)
        if len(path) > 1 and path != ("event", "entries"):
            yield Field(
                path, vital=path in IDS or (bool(inside) and isinstance(inside, dict | list))
            )


FIELDS: Final = tuple(dict.fromkeys(_fields()))


def a_case(seed: int, number: int) -> Case:
    """Number `number` of those that a seed stands for; each can be made alone.

    From case to case other fields are spoilt; each time round they meet other families.
    """
    rng = random.Random(f"{seed}:{number}")  # noqa: S311 - it makes text, not secrets
    families = list(FAMILIES)
    spoilt, placed = documents(), list[tuple[Field, Payload]]()
    for name, (fields, many) in _rotations().items():
        for turn in range(number * many, (number + 1) * many):
            time_round, place = divmod(turn, len(fields))
            field = _order(seed, name, time_round)[place]
            payload = a_payload(rng, families[(_numbers()[field] + time_round) % len(families)])
            if _put(spoilt, field, payload):
                placed.append((field, payload))
    return Case(seed, number, tuple(placed), spoilt, raw_bytes=rng.random() < 0.5)


@cache
def _numbers() -> Mapping[Field, int]:
    return {field: number for number, field in enumerate(FIELDS)}


@cache
def _rotations() -> Mapping[str, tuple[Sequence[Field], int]]:
    """Fields that take turns, and how many of them have theirs in a case."""
    parts = {
        name: (
            [one for one in FIELDS if one.path[0] == name and not one.vital],
            SHARES.get(name, 2),
        )
        for name in documents()
    }
    return {"vital": ([one for one in FIELDS if one.vital], VITAL), **parts}


@lru_cache(64)
def _order(seed: int, name: str, time_round: int) -> Sequence[Field]:
    """Another one each time, so that no two fields always stand in each other's way."""
    fields, _ = _rotations()[name]
    return random.Random(f"{seed}:{name}:{time_round}").sample(fields, len(fields))  # noqa: S311


def _put(document: Json, field: Field, payload: Payload) -> bool:
    """Whether the place is still there: an earlier payload may have taken what holds it."""
    holder: Any = document
    *above, last = field.path
    for step in field.path if field.key else above:
        if not _has(holder, step):
            return False
        holder = holder[step]
    if field.key:
        return _put_key(holder, payload)
    if not _has(holder, last):
        return False
    holder[last] = _fitting(field, payload)
    return True


def _fitting(field: Field, payload: Payload) -> Any:
    if field.own and payload.family == "words":
        return payload.canary[3] * ENDLESS
    return payload.text if field.own else payload.value


def _has(holder: Any, step: Any) -> bool:
    if isinstance(holder, dict):
        return step in holder
    return isinstance(holder, list) and isinstance(step, int) and step < len(holder)


def _put_key(holder: Any, payload: Payload) -> bool:
    """First of all: what comes late may be cut."""
    if not isinstance(holder, dict):
        return False
    old = dict(holder)
    holder.clear()
    holder.update({payload.text: payload.value, **old})
    return True


def answers(case: Case) -> dict[str, Answer]:
    """By path, as `fakes.sender.FakeSender` takes them."""
    body, headers = case.bodies, case.headers

    def told(*names: str, wrap: str = "%s") -> Reply:
        before, _, after = wrap.partition("%s")
        inner = b",".join(body[name] for name in names)
        return Reply(200, headers, before.encode() + inner + after.encode())

    event = told("event")
    fixed = {
        ORG: told("organization"),
        f"{ORG}issues/": told("issue", "issue", wrap="[%s]"),
        f"{ISSUE}events/recommended/": event,
        f"{ISSUE}events/latest/": event,
        f"{ISSUE}events/{EVENT_ID}/": event,
        f"{ISSUE}events/": told("event", "event", wrap="[%s]"),
        f"{ORG}projects/": told("project", wrap="[%s]"),
        SHOP: told("project"),
        f"{SHOP}environments/": told("project", wrap="[%s]"),  # their names are read
        f"{SHOP}keys/": told("project", wrap="[%s]"),
        f"{ORG}releases/": told("release", wrap="[%s]"),
        f"{ORG}events/": told("row", "row", wrap='{"data": [%s]}'),
        f"{ORG}stats_v2/": told("stats"),
        f"{ORG}detectors/": told("detector", wrap="[%s]"),
        f"{ORG}workflows/": told("workflow", "ours", wrap="[%s]"),
        "/api/0/": told("me"),
        "/api/client-config/": told("server"),
        **({"/api/settings/": told("settings")} if case.number % 4 == 3 else {}),  # GlitchTip
    }
    changing = {ISSUE: _issue(case, told("issue")), f"{ISSUE}notes/": _notes(told)}
    return {path: _always(one) for path, one in fixed.items()} | changing


def _always(one: Reply) -> Answer:
    return lambda _: one


def _issue(case: Case, before: Reply) -> Answer:
    """An issue that takes the status it is given."""
    now = [before]

    def answer(request: Request) -> Reply:
        if request.method == "PUT":
            spoilt = {**case.documents["issue"], "status": request.body["status"]}
            now[0] = Reply(200, case.headers, encoded(spoilt, raw_bytes=case.raw_bytes))
        return now[0]

    return answer


def _notes(told: Any) -> Answer:
    return lambda request: told("note") if request.write else told("note", wrap="[%s]")


def _complaint(payloads: Iterable[Payload], status: int) -> Json:
    texts = {one.text: one.value for one in payloads}
    names = {one.canary: one.value for one in payloads}  # words, as names of fields are
    detail = {"detail": next(iter(texts))} if status in (401, 403, 404) else {}
    return {**texts, **names, **detail, "sort": list(texts)}


def _as_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """What stands for a byte becomes it; other lone surrogates become bytes of no character."""
    assert isinstance(error, UnicodeEncodeError)
    bad = error.object[error.start : error.end]
    raw = [
        bytes([ord(char) - 0xDC00])
        if 0xDC80 <= ord(char) <= 0xDCFF
        else char.encode("utf-8", "surrogatepass")
        for char in bad
    ]
    return b"".join(raw), error.end


codecs.register_error("hostile-bytes", _as_bytes)


def encoded(value: Any, *, raw_bytes: bool) -> bytes:
    """JSON in escapes, or with every character as it is, broken ones included."""
    if not raw_bytes:
        return json.dumps(value).encode()
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "hostile-bytes")
