"""Forms as Discord's modals."""
