"""Changes to the code that some test should notice: `make mutants`. See docs/decisions/0007-mutants.md."""
