"""The ways out of the process: HTTP requests and the clock."""
