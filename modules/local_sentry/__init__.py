"""A small Sentry on loopback, to try things out and to test against."""
