"""What commands and buttons call: to ask, to act, to look."""
