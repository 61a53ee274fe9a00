"""Alert rules at Sentry, and in a file."""
