"""The processes that share one server database."""
