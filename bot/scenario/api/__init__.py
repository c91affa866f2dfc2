"""Scenario's API without I/O: what to ask for, what an answer means, and the records that it gives."""
