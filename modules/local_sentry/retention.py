"""Events live for the days of the retention; issues without any go with them.

Source: Sentry's `cleanup` deletes events by their time, and issues by when they were last seen.
"""

from typing import Final

from .issues import delete_issue
from .store import Store

DAYS: Final = 90
DAY_S: Final = 86_400


def sweep(store: Store, *, days: int, now: float) -> None:
    """Delete what is older. Counts of issues stay, as they count what happened."""
    oldest = now - days * DAY_S
    if not store.value("SELECT 1 FROM event WHERE at < ? LIMIT 1", (oldest,)):
        return
    for row in store.rows("SELECT id FROM issue WHERE last_seen < ?", (oldest,)):
        delete_issue(store, row["id"])
    with store.transaction():
        store.write(
            "DELETE FROM event_tag WHERE event IN (SELECT id FROM event WHERE at < ?)", (oldest,)
        )
        store.write("DELETE FROM event WHERE at < ?", (oldest,))
        store.write("DELETE FROM outcome WHERE at < ?", (oldest,))
