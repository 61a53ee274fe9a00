"""Where programs that are not ours run: the agent, the repository's set-up and its tests."""
