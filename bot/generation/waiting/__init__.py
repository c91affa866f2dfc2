"""Who waits, who flies, and what is told of a wait."""
