"""Rules of the house that no tool checks."""

import ast
from pathlib import Path

from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("modules/**/*.py"), *ROOT.glob("mcp_servers/**/*.py")])
MAY_CATCH_EVERYTHING = {
    "modules/framework/module.py",
    "modules/jobs/adapters/lease.py",  # the lease goes on; one that cannot ends the process
    "mcp_servers/sentry_monitor/src/cli/main.py",
    "mcp_servers/sentry_monitor/src/server/fast_start.py",
    "mcp_servers/sentry_monitor/src/web/door.py",  # the error handler: 500 and no detail
    "modules/autofix/adapters/apprise_places.py",  # passes it on, out of a thread
    "modules/autofix/adapters/notifications.py",  # a notice ends no job
    "modules/autofix/tidying.py",  # goes on beside the jobs, whatever one round met
    "modules/autofix/work.py",  # one run of a job
    "modules/jobs/adapters/inbox.py",  # one delivery that cannot be decided stops no other
    "modules/outbound/processes.py",  # ends the child, then passes it on
    "modules/outbound/tracing.py",  # marks the span, then passes it on
    "modules/telemetry/hooks.py",  # in other people's programs: nothing raw leaves, nothing breaks
    "modules/telemetry/outgoing.py",  # the same, at the last door
    "modules/sentry/sharing.py",  # passes it on to those who wait
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def catches_everything(tree: ast.AST) -> bool:
    handlers = [one for one in ast.walk(tree) if isinstance(one, ast.ExceptHandler)]
    broad = ("Exception", "BaseException")
    return any(
        one.type is None or (isinstance(one.type, ast.Name) and one.type.id in broad)
        for one in handlers
    )


def test_everything_is_caught_only_at_the_boundary() -> None:
    found = {name(path) for path in SOURCES if catches_everything(ast.parse(path.read_text()))}

    assert found == MAY_CATCH_EVERYTHING


def test_packages_hold_one_docstring_and_nothing_else() -> None:
    for path in SOURCES:
        if path.name == "__init__.py":
            (only,) = ast.parse(path.read_text()).body
            assert isinstance(only, ast.Expr), name(path)


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in SOURCES}

    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_operation_is_in_the_catalog_and_described() -> None:
    folder = ROOT / "mcp_servers/sentry_monitor/src/operations"
    decorated = {
        function.name.replace("_", "-")
        for path in folder.glob("*.py")
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.AsyncFunctionDef)
        and any(
            isinstance(one, ast.Call) and getattr(one.func, "id", "") == "operation"
            for one in function.decorator_list
        )
    }

    assert decorated == set(OPERATIONS.names)
    assert all(one.summary and one.scopes for one in OPERATIONS)
