"""From a Sentry issue to a proven pull request that a person reviews."""
