"""Our traffic against Discord's OpenAPI specification. `python -m tests.openapi --spec PATH`."""
