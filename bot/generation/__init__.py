"""The life of a generation. Knows nothing of Discord's screens, of SQL, of HTTP."""
