"""Scenario's API: requests, replies, records and input schemas. Knows nothing of Discord."""
