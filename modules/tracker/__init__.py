"""From an issue in Sentry to a ticket in a tracker, with its suspected cause."""
