"""Answers on a terminal."""

from mcp_servers.sentry_monitor.src.cli.terminal import hanging


def test_a_long_line_goes_on_below_its_own_indent() -> None:
    code = "   12     return reserve(item, quantity, warehouse) or fail(item, quantity)"

    lines = hanging(code, 40).splitlines()

    assert lines[0].startswith("   12     return")
    assert all(len(line) <= 40 for line in lines)
    assert all(line.startswith(" " * 7) for line in lines[1:])
    assert "".join(" ".join(lines).split()) == "".join(code.split())


def test_a_short_line_stays_as_it_is() -> None:
    assert hanging("  x = 1", 40) == "  x = 1"
