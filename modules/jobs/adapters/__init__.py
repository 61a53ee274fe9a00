"""The engine that keeps jobs, on SQLite or PostgreSQL."""
