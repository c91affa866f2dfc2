"""A stand-in Discord: REST, CDN and the state behind them. The gateway is in `gateway.py`."""
