"""Reporting to Sentry from any Python application, and what can be told of what was reported."""
