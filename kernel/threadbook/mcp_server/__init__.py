"""The MCP server: a session with its namespaces and its log, for any MCP client."""
