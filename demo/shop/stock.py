"""The supplier's stock feed, which is always a little late."""

import sentry_sdk


class StockFeedLate(Exception):
    """The supplier's numbers are older than agreed."""


def refresh_stock(minutes_old: int) -> bool:
    """Whether the numbers are fresh. Old ones are used as well, and reported."""
    try:
        _demand_fresh(minutes_old)
    except StockFeedLate as late:
        with sentry_sdk.new_scope() as scope:
            scope.set_level("warning")
            sentry_sdk.capture_exception(late)
        return False
    return True


def _demand_fresh(minutes_old: int) -> None:
    if minutes_old > 5:
        raise StockFeedLate("older than 5 minutes")
