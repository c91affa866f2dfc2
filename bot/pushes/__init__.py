"""Scenario's pushes: the address that takes them, and its registration. What they name is `watching`'s."""
