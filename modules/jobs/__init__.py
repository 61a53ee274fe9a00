"""Durable work: accepted once, run until it ends, survives a kill."""
