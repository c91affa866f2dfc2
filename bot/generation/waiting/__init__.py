"""What is told of a wait."""
