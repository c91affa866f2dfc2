"""What this process tells of itself in numbers, for Prometheus. Other parts know only hooks."""

from bot.metrics.metrics import Metrics, Watched

__all__ = ["Metrics", "Watched"]
