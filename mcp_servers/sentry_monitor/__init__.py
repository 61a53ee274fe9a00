"""The sentry-monitor program: one module, several front doors."""
