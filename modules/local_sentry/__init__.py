"""A small Sentry on loopback: what an SDK sends, the API gives back. Shares no code with its clients."""
