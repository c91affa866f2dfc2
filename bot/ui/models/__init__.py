"""Models as people browse them."""
