"""What is kept of what a child process said."""

from modules.autofix.adapters.said import kept, last_words

TRACEBACK = "\n".join(
    ["Traceback (most recent call last):", *(f"  File {n}" for n in range(300)), "KeyError: 'cart'"]
)


def test_a_last_line_without_an_end_is_kept_however_long_it_is() -> None:
    assert kept(b"first\n" + b"x" * 9000, 400) == "x" * 400


def test_the_last_line_comes_first_and_survives_a_later_cut() -> None:
    told = last_words(TRACEBACK.encode(), 300)

    assert told.startswith("KeyError: 'cart' (before it: … ")
    assert "File 299" in told
    assert len(told) <= 300


def test_of_a_long_last_line_the_beginning_counts() -> None:
    told = last_words(b"Traceback:\nValueError: " + b"no " * 1000, 200)

    assert told.startswith("ValueError: no no")
    assert "more characters" in told


def test_one_line_is_told_as_it_is() -> None:
    assert last_words(b"no such model\n", 300) == "no such model"
    assert last_words(b"", 300) == ""


def test_last_words_hold_no_secret_and_are_one_line() -> None:
    told = last_words(b"password=hunter2secret\n\x1b[31mdone: token=abcdef123456789\r\n", 300)

    assert "hunter2secret" not in told
    assert "abcdef123456789" not in told
    assert not {"\n", "\r", "\x1b"} & set(told)
