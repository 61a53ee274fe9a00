"""Applications that report to Sentry: set up well, and kept so."""
