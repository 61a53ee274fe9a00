"""A text that is four times as long takes about four times as long, whatever it was made of."""

import time

import pytest

from modules.safetext.redaction import Suspects, redact
from modules.telemetry.scrubbing import Scrubber

SMALL, TIMES = 5_000, 8
LINEAR: float = TIMES * 2.5  # quadratic would be TIMES * TIMES
NOTHING = 0.02  # seconds for which no ratio says anything

UNITS = [
    '{"id": 7, "password": "hunter2x"}, ',
    "10.20.30.40 ",
    "jane@acme.example ",
    "https://a:b123@host ",
    "2001:db8::8a2e:370:7334 ",
    '\\"password\\": \\"hunter2x\\", ',
    "password='hunter2x' ",
    "password=a",
    "pwd=",
    "token=x.",
    "https://",
    "token=\\\"",
    "('password', \\\"a ",
    "--password hunter2x ",
    "&quot;token&quot;: &quot;hunter2x&quot; ",
    "%70assword=hunter2x ",
    "?a=b+password=hunter2x ",
    "cookie: a=b\n",
    "1 ",
    "4111 1111 1111 1111 ",
    "DE89 3704 0044 0532 0130 00 ",
    "<password>hunter2x</password> ",
    "mysql ",
    "mysql -p",
    "curl --user a",
    "docker login -u ",
    "create user x ",
    "create user if not exists x identified with ",
    "grant a to ",
    "machine a login b ",
    "set password for ",
    "/reset/a1",
    "/reset/confirm/",
    "?code=a1b2c3d4",
    "&state=a1b2c3d4",
    "name\": \"token",
    '"name": "token", ',
    "input_value='x' ",
    "input_value={'x...': 1}, ",
    "{'loc': ('password',), ",
    "{'loc': ('password',), 'input': ",
    "<a at 0x1234> ",
    "version 1.2.3.4 ",
    "a/b-1.2.3.4/",
    "image a:1.2.3.4 ",
    "image a.b/1.2.3.4:",
    "release a@1.2.3.4 ",
    "user-agent: a/1.2.3.4 ",
    "user-agent: '",
    "a@",
    "'",
    "[SQL: insert into a (password) [parameters: b",
    "[parameters: ",
    "[SQL: ",
    "insert ",
    "[SQL: update a set password=? [parameters: [redacted:x]",
    "; args=('a'",
    "BindParameter('password', 'a",
    "BindParameter('password', \"a",
    "key (token)=(",
    "key (token",
    '"codes": ["a", ',
    '"pins": ["a1", ',
    "set password = :p",
    "pin: ",
    "token" + "\\\\" * 40,
    "\\\\" * 7 + '"token' + "\\\\" * 7 + '": ',
    "pbkdf2_sha256$1$",
    "$6$a$",
]  # fmt: skip


def taken(text: str, suspects: Suspects | None) -> float:
    """Seconds of the processor, the best of two."""
    times = []
    for _ in range(2):
        started = time.thread_time()
        redact(text, suspects=suspects or Suspects.within(text))
        times.append(time.thread_time() - started)
    return min(times)


def made_of(unit: str, size: int, end: str) -> str:
    return unit * (size // len(unit)) + end


@pytest.mark.parametrize("end", ["", "(", "\\"])
@pytest.mark.parametrize("unit", UNITS)
def test_the_time_of_a_single_line_grows_as_its_length(unit: str, end: str) -> None:
    small, large = (made_of(unit, size, end) for size in (SMALL, SMALL * TIMES))

    took = taken(large, None)

    assert took < NOTHING or took < LINEAR * max(taken(small, None), NOTHING / TIMES)


def test_what_an_application_sends_is_cut_before_it_is_searched() -> None:
    """A local variable of a hundred megabytes costs what one of a hundred thousand characters does."""
    row = '{"id": 7, "password": "hunter2x"}, '
    small, large = (made_of(row, size, "") for size in (200_000, 20_000_000))

    times = []
    for text in (small, large):
        event = {"vars": {"rows": text, "again": text}}
        started = time.thread_time()
        Scrubber().scrub(event)
        times.append(time.thread_time() - started)
        assert "hunter2x" not in event["vars"]["rows"]

    assert times[1] < 4 * times[0]
