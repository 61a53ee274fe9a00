"""Sentry's API: one function per endpoint over one small client."""
