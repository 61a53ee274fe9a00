"""A small order service that reports to Sentry; with one bug that its tests do not find."""
