"""What can be done with a result: which actions there are, by which models, and which result is meant."""
