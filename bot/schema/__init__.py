"""A model's input schema: check, coerce, explain. Pure."""
