"""How good the forecast is, on the simulator's profiles: `python -m tests.backtest`."""
