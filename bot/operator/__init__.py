"""What whoever runs the bot asks of it beside running: check, inspect, the demonstration."""
