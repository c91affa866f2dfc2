"""Files that are real: films, sounds, objects, drawings and texts, and reading such files.

Encoders are imported where they are used, so that a sandbox starts without them.
"""
