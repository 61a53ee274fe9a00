"""Reporting to Sentry from any Python application: set up, scrubbed, grouped, counted."""
