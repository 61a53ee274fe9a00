"""A few issues to look at, spread over the last days."""

import uuid
from typing import Any, Final

from . import outcomes
from .intake import read_report
from .models import Json
from .projects import list_projects
from .recording import record
from .store import Store

_HOUR: Final = 3600
_ISSUES: Final[tuple[tuple[str, str, str, str, int], ...]] = (
    ("ZeroDivisionError", "division by zero", "shop/cart.py", "average_price", 9),
    ("KeyError", "'currency'", "shop/checkout.py", "total", 4),
    ("TimeoutError", "payment provider did not answer", "shop/payment.py", "charge", 2),
)


def seed(store: Store, *, now: float) -> None:
    """Put the issues into the first project; what is there already stays."""
    project = list_projects(store)[0]
    for kind, value, filename, function, count in _ISSUES:
        for index in range(count):
            at = now - index * _HOUR - 60
            event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{filename}/{index}").hex
            raw = _event(kind, value, filename=filename, function=function) | {"timestamp": at}
            raw["user"] = {"id": str(index % 3 + 1)}
            report = read_report(raw, event_id=event_id, project_id=project.id, now=now)
            if not record(store, report, project_id=project.id, now=now).duplicate:
                outcomes.note(store, "accepted", project_id=project.id, at=at)


def _event(kind: str, value: str, *, filename: str, function: str) -> Json:
    frame: dict[str, Any] = {
        "filename": filename,
        "abs_path": f"/srv/{filename}",
        "module": filename.removesuffix(".py").replace("/", "."),
        "function": function,
        "lineno": 12,
        "pre_context": [f"def {function}(order):"],
        "context_line": "    return order.compute()",
        "post_context": [""],
        "in_app": True,
        "vars": {"order": "<Order 17>"},
    }
    mechanism = {"type": "generic", "handled": False}
    thrown = {
        "type": kind,
        "value": value,
        "mechanism": mechanism,
        "stacktrace": {"frames": [frame]},
    }
    return {
        "platform": "python",
        "level": "error",
        "release": "shop@1.0.0",
        "environment": "production",
        "exception": {"values": [thrown]},
        "breadcrumbs": {"values": [{"category": "cart", "message": "opened the cart"}]},
        "sdk": {"name": "sentry.python", "version": "2.0.0"},
    }
