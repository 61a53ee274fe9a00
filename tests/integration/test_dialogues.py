"""Child processes that are spoken with end with whoever speaks."""

import asyncio
import sys
from pathlib import Path

import pytest

from modules.outbound.dialogue import LINE, Dialogue, TooMuchSaid, dialogue
from modules.outbound.processes import Bounds

from .test_processes import ENV, LEAVES, _gone

ECHO = "import sys\nfor line in sys.stdin: print(line.strip().upper(), flush=True)"


def python(code: str, *more: str) -> list[str]:
    return [sys.executable, "-c", code, *more]


async def all_of(spoken: Dialogue) -> bytes:
    said = b""
    while line := await spoken.hear():
        said += line
    return said


async def test_it_is_spoken_with_line_by_line(tmp_path: Path) -> None:
    async with dialogue(python(ECHO), cwd=tmp_path, env=ENV) as spoken:
        await spoken.say(b"one")
        first = await spoken.hear()
        await spoken.say(b"two")
        second = await spoken.hear()
        began = spoken.code

    assert (first, second) == (b"ONE\n", b"TWO\n")
    assert began is None
    assert spoken.code is not None


async def test_its_last_words_its_errors_and_its_code(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('key missing'); print('end', end=''); sys.exit(3)"
    async with dialogue(python(code), cwd=tmp_path, env=ENV) as spoken:
        said = [await spoken.hear(), await spoken.hear()]

    assert said == [b"end", b""]
    assert (spoken.code, spoken.err) == (3, b"key missing")


async def test_a_daemon_of_its_own_session_ends_with_the_context(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    async with dialogue(python(LEAVES, str(note), "60"), cwd=tmp_path, env=ENV):
        while not note.exists() or not note.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)

    assert await _gone(int(note.read_text()))


async def test_a_deadline_of_the_caller_ends_all_of_them(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(TimeoutError):
        async with (
            asyncio.timeout(1),
            dialogue(python(LEAVES, str(note), "60"), cwd=tmp_path, env=ENV) as spoken,
        ):
            await spoken.hear()

    assert await _gone(int(note.read_text()))


async def test_one_that_does_not_read_holds_nobody_for_ever(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        async with (
            asyncio.timeout(1),
            dialogue(["sleep", "60"], cwd=tmp_path, env=ENV) as spoken,
        ):
            await spoken.say(b"x" * (8 * LINE))

    assert spoken.code is not None


@pytest.mark.parametrize(
    "code",
    ["print('x' * 5_000_000)", "while True: print('x' * 1_000_000)"],
    ids=["a line", "all of them"],
)
async def test_what_says_too_much(tmp_path: Path, code: str) -> None:
    async with dialogue(python(code), cwd=tmp_path, env=ENV) as spoken:
        with pytest.raises(TooMuchSaid):
            await all_of(spoken)


async def test_endless_errors_end_it(tmp_path: Path) -> None:
    code = "import sys\nwhile True: sys.stderr.write('x' * 100_000)"
    async with dialogue(python(code), cwd=tmp_path, env=ENV) as spoken:
        said = await spoken.hear()

    assert said == b""
    assert len(spoken.err) == 1 << 20


async def test_one_that_is_gone_cannot_be_told_anything(tmp_path: Path) -> None:
    async with dialogue(["true"], cwd=tmp_path, env=ENV) as spoken:
        await spoken.hear()
        with pytest.raises(ConnectionError):
            await spoken.say(b"x" * LINE)


async def test_limits_hold(tmp_path: Path) -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    bounds = Bounds(limits={"NOFILE": 77})
    async with dialogue(python(code), cwd=tmp_path, env=ENV, bounds=bounds) as spoken:
        said = await spoken.hear()

    assert said == b"77\n"


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    async with dialogue(["no-such"], cwd=tmp_path, env=ENV) as spoken:
        said = await spoken.hear()

    assert (said, spoken.code, spoken.err) == (b"", 127, b"")
