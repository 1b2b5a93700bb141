"""The operator's side of the history: what it read of use, delivered to whoever keeps it."""
