"""Sentry's errors as issues of a tracker: each once, and in step with it."""
