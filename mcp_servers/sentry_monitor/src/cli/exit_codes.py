"""What a command's exit code tells."""

from typing import Final

from modules.framework.contracts import Category, ModuleOutput, Status

OK, DEFECT, USAGE = 0, 1, 2
JOB_FAILED, HALF_DONE = 13, 14
BY_CATEGORY: Final = {
    Category.INTERNAL: DEFECT,
    Category.VALIDATION: USAGE,
    Category.AUTHENTICATION: 3,
    Category.PERMISSION: 4,
    Category.NOT_FOUND: 5,
    Category.RATE_LIMIT: 6,
    Category.TIMEOUT: 7,
    Category.UPSTREAM: 8,
    Category.NETWORK: 9,
    Category.CONFLICT: 10,
    Category.CONFIGURATION: 11,
    Category.UNSUPPORTED: 12,
}


def exit_code(output: ModuleOutput) -> int:
    """0 for success, and for partial success where half of an answer is one; else by the error's
    category."""
    if output.error is None:
        from mcp_servers.sentry_monitor.src.operations.catalog import OPERATIONS

        whole = output.operation in OPERATIONS.names and OPERATIONS.find(output.operation).whole
        return HALF_DONE if whole and output.status is Status.PARTIAL_SUCCESS else OK
    return DEFECT if output.status is Status.ERROR else BY_CATEGORY[output.error.category]
