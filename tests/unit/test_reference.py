"""The generated pages equal the code."""

from pathlib import Path

from mcp_servers.sentry_monitor.src.cli.main import every_parser, generated
from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS
from mcp_servers.sentry_monitor.src.reference import pages, stale, write

ROOT = Path(__file__).parents[2]


def test_the_pages_in_the_repository_are_up_to_date() -> None:
    assert stale(generated(ROOT)) == []


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# empty\n")
    write(pages(every_parser(), tmp_path))
    (tmp_path / "docs/cli.md").write_text("old")

    assert stale(pages(every_parser(), tmp_path)) == [str(tmp_path / "docs/cli.md")]


def test_every_operation_and_parameter_is_documented() -> None:
    text = pages(every_parser(), ROOT)[ROOT / "docs/operations.md"]

    for one in OPERATIONS:
        assert f"## {one.name}\n" in text
        assert all(f"| `{field}` |" in text for field in one.parameters.model_fields)
