"""What one change says about one line."""

import pytest

from modules.tracker.evidence import (
    CLOSE,
    IN_THE_FILE,
    IN_THE_FUNCTION,
    ON_THE_LINE,
    ONLY_ADDED,
    ONLY_TAKEN,
    OTHER_FUNCTION,
    Evidence,
    of_change,
    quoted,
)
from modules.tracker.history import ChangedFile, Hunk, Range
from modules.tracker.places import Spot
from modules.tracker.trail import Place

SOURCE = "total = amount / count"
PLACE = Place(Spot(path="a.py", line=40, depth=0, function="average", source=SOURCE), "a.py", 40)


def told(
    text: str,
    *,
    at: int = 41,
    before: Range | None = None,
    inside: str = "",
    path: str = "a.py",
    written_since: bool = False,
) -> Evidence:
    """Of one hunk that begins at a line and has so many lines as the text adds."""
    added, taken = (sum(line[0] == sign for line in text.split("\n")) for sign in "+-")
    hunk = Hunk(before or (at, at + taken - 1), (at, at + added - 1), text, inside)
    file = ChangedFile(path=path, hunks=(hunk,))
    return of_change(PLACE, file, written_since=written_since)


def test_who_wrote_the_line_as_it_is_is_before_who_wrote_what_was_there() -> None:
    now = told(f"-    total = amount\n+    {SOURCE}", at=40)
    change = "-    total = 0\n+    total = amount"
    before = told(change, at=40, written_since=True)

    assert now == Evidence(ON_THE_LINE, "wrote line 40 of")
    assert before.weight == IN_THE_FILE + CLOSE
    assert before.how == "wrote an earlier text of line 40 of"
    assert told(change, at=40) == now  # the event's text may be of other code


def test_the_same_text_near_by_is_the_line_where_its_number_is_off() -> None:
    assert told(f"+    {SOURCE}", at=52).weight == ON_THE_LINE
    assert told(f"-    {SOURCE}\n+        {SOURCE}  # x\n+    {SOURCE}", at=52).weight < 0.5
    assert told(f"+    {SOURCE}", at=400).weight < 0.5


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("+    # why", "a.py"),
        ("-# one\n+# another", "a.py"),
        ("-x = f('a')\n+x = f(\n+    \"a\",\n+)", "a.py"),
        ("-  // one\n+  /* another */", "a.ts"),
        ("-  go();\n+  go()", "a.ts"),
        ("+", "a.py"),
    ],
)
def test_comments_and_layout_say_next_to_nothing(text: str, path: str) -> None:
    assert told(text, path=path) == Evidence(0.1, "changed the comments or the layout of")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("-x = a - b\n+x = a + b", "a.py"),
        ("-x = 1\n+# x = 1", "a.py"),
        ("-#define A 1\n+#define A 2", "a.c"),
        ("-x = (a, b)\n+x = (a, b, c)", "a.py"),
        ("-guard()", "a.py"),
    ],
)
def test_what_changes_code_is_no_layout(text: str, path: str) -> None:
    assert told(text, path=path).weight > 0.5


def test_beside_the_line_what_is_gone_says_most_and_what_only_came_least() -> None:
    came, changed, went = (
        told("+b"),
        told("-a\n+b"),
        told("-a\n-b", at=40, before=(40, 41)),
    )

    assert came.weight == pytest.approx(IN_THE_FILE + CLOSE * ONLY_ADDED)
    assert changed.weight == IN_THE_FILE + CLOSE
    assert went.weight == pytest.approx(IN_THE_FILE + CLOSE * ONLY_TAKEN)
    assert went.weight < ON_THE_LINE


def test_the_function_that_the_frame_names_counts_and_another_one_less() -> None:
    mine = told("-a\n+b", at=60, inside="def average(amount, count):")
    method = told("-a\n+b", at=60, inside="class Cart:")
    other = told("-a\n+b", at=42, inside="def total(self):")
    unknown = told("-a\n+b", at=42)

    assert method.weight < mine.weight == IN_THE_FUNCTION
    near = unknown.weight - IN_THE_FILE
    assert other.weight == pytest.approx(IN_THE_FILE + near * OTHER_FUNCTION)


def test_a_name_that_the_message_quotes_is_looked_for_in_what_changed() -> None:
    file = ChangedFile(path="a.py", hunks=(Hunk((90, 90), (90, 90), "-x\n+order['vat'] = 1"),))

    with_it = of_change(PLACE, file, quoted("KeyError: 'vat'"))
    without = of_change(PLACE, file, quoted("KeyError: 'tax'"))

    assert with_it.weight > without.weight + 0.2
    assert with_it.how.startswith("changed a name that the message quotes")


def test_only_names_in_quotes_are_taken_from_a_message() -> None:
    told = "'NoneType' object has no attribute 'total' (x='1 2', `id`, \"a-b\")"

    assert quoted(told) == {"NoneType", "total"}


def test_without_text_the_lines_alone_are_compared() -> None:
    hunk = Hunk((40, 40), (40, 40))

    assert of_change(PLACE, ChangedFile(path="a.py", hunks=(hunk,))).weight == ON_THE_LINE
