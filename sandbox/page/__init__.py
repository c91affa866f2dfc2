"""The channel in a browser: static files, what a member sees, and a stream of what changes."""
