"""Where a workflow run waits for a person, and the answer on its way."""
