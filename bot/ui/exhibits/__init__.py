"""Results of every medium on their way to Discord: what a card shows, attaches, and leaves to its Original
button.

This file imports nothing: the renderer's process needs the painting half only, and begins with every import.
"""
