"""What can go wrong around durable jobs.

ModuleError
└── WorkerRunning   conflict  this database, or this process, has its worker already
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class WorkerRunning(ModuleError):
    """Another worker uses this database already."""

    code = "worker_running"
    category = Category.CONFLICT
    recovery = "Stop the other worker first, or use PostgreSQL, which takes several."
