"""Contact sheets: many results on one picture."""
