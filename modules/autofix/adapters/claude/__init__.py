"""Claude Code, the operator's own command line and login, as the agent."""
