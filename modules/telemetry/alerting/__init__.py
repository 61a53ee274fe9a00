"""Alert rules as code: what a file asks for, beside what Sentry has."""
