"""What processes that share a database know of each other, beside who holds what (`generation.holding`)."""
