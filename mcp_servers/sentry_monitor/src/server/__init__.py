"""The module as MCP tools, resources and a prompt; over stdio or HTTP."""
