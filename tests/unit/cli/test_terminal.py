"""Answers on a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mcp_servers.sentry_monitor.src.cli.terminal import hanging, show, widths
from modules.framework.contracts import ModuleOutput, Status
from modules.framework.page import Page, Table

WIDTHS = [60, 80, 100, 120]
CHANGES = Table(
    ("rule", "field", "in Sentry", "in the file"),
    (
        (
            "regressions",
            "conditions",
            "event_frequency_count interval=5m value=50",
            "event_frequency_count interval=5m value=100, level level=40 match=gte",
        ),
        ("new-errors", "name", "New error [sentry-monitor shop/new-errors]", "(nothing)"),
    ),
    "differences",
)
RULES = Table(
    ("kind", "id", "rule", "name", "settings"),
    (
        (
            "detector",
            "7",
            "error-rate",
            "More than 10 errors a minute [sentry-monitor shop/error]",
            "in production, at most every 30 minutes, to issue owners",
        ),
        (
            "workflow",
            "1234567",
            "regressions",
            "Regression of a resolved error [sentry-monitor x]",
            "in any environment, to #alerts of acme on Slack",
        ),
    ),
)
STATES = Table(
    ("kind", "id", "state", "rule", "name", "settings"),
    tuple((*row[:2], "on", *row[2:]) for row in RULES.rows),
)
ISSUES = Table(
    ("issue", "level", "state", "events", "users", "last seen", "title", "culprit"),
    (
        (
            "SHOP-1A",
            "error",
            "escalating",
            "12345",
            "678",
            "2026-11-26T12:00Z",
            "ConnectionResetError: the payment provider at the other end hung up on us",
            "shop.payment.provider in charge",
        ),
    ),
)


def screen(part: Table, width: int) -> list[str]:
    console = Console(file=(told := io.StringIO()), width=width, highlight=False)
    show(ModuleOutput(status=Status.SUCCESS, operation="x", data={}), Page((), (part,)), console)
    return [line[2:-2] for line in told.getvalue().splitlines() if line.startswith("│")]


def columns(lines: list[str], part: Table) -> list[str]:
    """What stands below each name, without blanks."""
    (head,) = [line for line in lines if line.startswith(part.columns[0] + " ")]
    starts = [0]
    for name in part.columns[1:]:
        starts.append(head.index(f" {name}", starts[-1] + 1) + 1)
    below = lines[lines.index(head) + 1 :]
    ends = [*starts[1:], None]
    return [
        "".join("".join(line[start:end].split()) for line in below)
        for start, end in zip(starts, ends, strict=True)
    ]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("part", [CHANGES, RULES])
def test_a_long_value_goes_on_below_and_nothing_is_cut(part: Table, width: int) -> None:
    found = columns(screen(part, width), part)

    for at, name in enumerate(part.columns):
        assert found[at] == "".join("".join(row[at].split()) for row in part.rows), name


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("part", [CHANGES, RULES])
def test_what_names_a_row_is_whole_on_its_line(part: Table, width: int) -> None:
    lines = screen(part, width)

    for row in part.rows:
        short = [cell for cell in row if len(cell) <= 11]
        assert any(all(cell in line for cell in short) for line in lines), row


@pytest.mark.parametrize("width", WIDTHS)
def test_a_column_that_is_left_out_is_told(width: int) -> None:
    lines = screen(ISSUES, width)

    told = " ".join(" ".join(lines).split()).partition("not shown, as the terminal is narrow: ")[2]
    missing = [name for name in ISSUES.columns if name not in lines[0]]
    assert told == ", ".join(missing)
    assert not {"issue", "last seen", "title"} & set(missing)
    assert any("SHOP-1A" in line and "11-26 12:00" in line for line in lines)


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_a_short_column_does_not_go_so_that_a_long_one_need_not_wrap(width: int) -> None:
    found = columns(screen(STATES, width), STATES)

    assert found[2] == "onon"


def test_where_there_is_room_no_column_is_left_out() -> None:
    lines = screen(ISSUES, 160)

    assert all(name in lines[0] for name in ISSUES.columns)
    assert "not shown" not in " ".join(lines)


def test_a_title_is_not_broken_by_a_table_narrower_than_it() -> None:
    lines = screen(Table(("release", "events"), (("1.0", "5"),), "by release, all included"), 60)

    assert lines[0].rstrip() == "by release, all included"


@given(st.lists(st.integers(1, 200), min_size=1, max_size=9), st.integers(30, 200))
def test_columns_take_the_room_there_is_and_short_ones_all_they_want(
    wanted: list[int], room: int
) -> None:
    found = widths(wanted, room)

    assert all(1 <= got <= want for got, want in zip(found, wanted, strict=True))
    assert sum(found) + 2 * (len(found) - 1) <= room
    if sum(wanted) + 2 * (len(wanted) - 1) <= room:
        assert found == wanted


def test_a_long_line_goes_on_below_its_own_indent() -> None:
    code = "   12     return reserve(item, quantity, warehouse) or fail(item, quantity)"

    lines = hanging(code, 40).splitlines()

    assert lines[0].startswith("   12     return")
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith(" " * 7) for line in lines[1:])
    assert "".join(" ".join(lines).split()) == "".join(code.split())


def test_a_short_line_stays_as_it_is() -> None:
    assert hanging("  x = 1", 40) == "  x = 1"
