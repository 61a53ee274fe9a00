"""What can go wrong around durable jobs.

ModuleError
├── WorkerRunning   conflict   this database, or this process, has its worker already
├── NoSuchDelivery  not_found  there is no delivery of that name
├── InboxFull       upstream   more arrives than can be kept
└── DatabaseAway    upstream   the database of jobs does not answer
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class WorkerRunning(ModuleError):
    """Another worker uses this database already."""

    code = "worker_running"
    category = Category.CONFLICT
    recovery = "Stop the other worker or `serve` first, which has the jobs; or use PostgreSQL, which takes several."


class DatabaseAway(ModuleError):
    """The database of jobs does not answer, or is busy for too long."""

    code = "jobs_database_away"
    category = Category.UPSTREAM
    retryable = True
    recovery = "Check that the database is there and that the disk has room, then try again."


class NoSuchDelivery(ModuleError):
    """There is no delivery of that name."""

    code = "no_such_delivery"
    category = Category.NOT_FOUND
    recovery = "Deliveries are kept for 30 days; GET /api/v1/deliveries lists the newest."


class InboxFull(ModuleError):
    """More arrives than can be kept."""

    code = "inbox_full"
    category = Category.UPSTREAM
    retryable = True
