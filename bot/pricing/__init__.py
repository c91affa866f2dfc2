"""What a request will cost, what was charged, and what a day leaves."""
