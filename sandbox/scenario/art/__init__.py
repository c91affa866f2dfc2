"""Drawing: a canvas, palettes, and the scenes painted with them."""
