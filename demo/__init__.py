"""A demonstration on loopback: no account, no key."""
