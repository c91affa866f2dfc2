"""Cards as Discord's messages."""
