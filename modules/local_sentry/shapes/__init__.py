"""Rows as the documented JSON."""
